#!/bin/bash
# Everything that `make demo` and `make test` need, on a bare Debian 12 or newer; does only what is not done yet.
#
#   deploy/setup.sh            what the demo needs
#   deploy/setup.sh --tests    also PostgreSQL, promtool, openssl, libfaketime and Chromium, which only the tests use
#
# System packages come from apt, as root or through sudo; everything else goes into .venv and .tools beside this
# project. No server is started or enabled. What each step said is in .tools/setup.log.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

# What must be callable, and the Debian package that brings it.
NEEDED=(
  redis-server:redis-server
  mosquitto:mosquitto
  mosquitto_passwd:mosquitto
  mosquitto_sub:mosquitto-clients
  espeak-ng:espeak-ng
  sox:sox
  setpriv:util-linux
)
NEEDED_BY_TESTS=(promtool:prometheus openssl:openssl chromium:chromium)

# Debian's own Asterisk is unpacked from here where the system has none; stable releases carry no asterisk package.
ASTERISK_SUITE=forky
ASTERISK_OLDEST=20

TOOLS=.tools
STAMPS=$TOOLS/stamps
LOG=$TOOLS/setup.log
STEPS=5
with_tests=false
step=0

main() {
  case "${1:-}" in
    --tests) with_tests=true ;;
    "") ;;
    *) fail "usage: deploy/setup.sh [--tests]" ;;
  esac
  mkdir -p "$STAMPS"
  : >"$LOG"
  run_step "system packages" provide_packages
  run_step "Python environment" provide_python
  run_step "Asterisk" provide_asterisk
  run_step "prompts" provide_prompts
  run_step "consoles" provide_consoles
}

# --- the steps: each says in one word or two what it found or did -------------------------------------------------

provide_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then
    say "all there"
    return
  fi
  command -v apt-get >/dev/null || fail "this system has no apt-get; please install: ${missing[*]}"
  become_root "${missing[@]}"
  say "installing ${missing[*]}"
  forbid_starting_servers
  apt_install "${missing[@]}" || { as_root apt-get update >>"$LOG" 2>&1 && apt_install "${missing[@]}"; }
}

provide_python() {
  local python version
  python=$(find_python) || fail "no Python 3.11 or newer found; please install python3"
  version=$("$python" -V)
  if stamped python "$version" requirements.lock pyproject.toml && .venv/bin/python -c "import dialer" 2>>"$LOG"; then
    say "$version, as locked"
    return
  fi
  say "$version, installing from requirements.lock"
  [[ -x .venv/bin/pip ]] || "$python" -m venv --clear .venv >>"$LOG" 2>&1
  .venv/bin/pip install --quiet --require-hashes --requirement requirements.lock >>"$LOG" 2>&1
  .venv/bin/pip install --quiet --no-deps --no-build-isolation --editable . >>"$LOG" 2>&1
  stamp python "$version" requirements.lock pyproject.toml
}

provide_asterisk() {
  if asterisk_on_path; then
    say "$(asterisk -V), already on this machine"
  elif unpacked_asterisk -V >/dev/null 2>&1; then
    say "$(unpacked_asterisk -V), unpacked in $TOOLS/asterisk"
  else
    say "unpacking Debian's packages into $TOOLS/asterisk"
    unpack_asterisk
    say "$(unpacked_asterisk -V)"
  fi
}

provide_prompts() {
  local inputs=(lab/prompts.py)
  mapfile -t -O 1 inputs < <(find ivr -type f -not -path '*/__pycache__/*' | sort)
  if [[ -d $TOOLS/prompts ]] && stamped prompts "" "${inputs[@]}"; then
    say "already spoken"
    return
  fi
  # Beside, then in place: an interrupted run leaves no half of them.
  rm -rf "$TOOLS/prompts.new"
  .venv/bin/python -m lab.prompts "$TOOLS/prompts.new" >>"$LOG" 2>&1
  rm -rf "$TOOLS/prompts"
  mv "$TOOLS/prompts.new" "$TOOLS/prompts"
  stamp prompts "" "${inputs[@]}"
  say "spoken by espeak-ng"
}

provide_consoles() {
  local inputs
  mapfile -t inputs < <(find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' | sort)
  if [[ -f web/dist/index.html ]] && stamped consoles "" requirements.lock deploy/consoles.sh "${inputs[@]}"; then
    say "already built"
    return
  fi
  say "building"
  deploy/consoles.sh .venv/bin/python >>"$LOG" 2>&1
  stamp consoles "" requirements.lock deploy/consoles.sh "${inputs[@]}"
  say "built into web/dist"
}

# --- packages ------------------------------------------------------------------------------------------------------

missing_packages() {
  local needed=("${NEEDED[@]}") python
  "$with_tests" && needed+=("${NEEDED_BY_TESTS[@]}")
  asterisk_on_path || [[ -x $TOOLS/asterisk/usr/sbin/asterisk ]] || needed+=(mmdebstrap:mmdebstrap)
  {
    local one
    for one in "${needed[@]}"; do
      command -v "${one%%:*}" >/dev/null || echo "${one#*:}"
    done
    "$with_tests" && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && echo postgresql
    "$with_tests" && [[ ! -d /usr/share/fonts/opentype/noto ]] && echo fonts-noto-cjk
    "$with_tests" && ! compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null && echo libfaketime
    if ! python=$(find_python); then
      printf '%s\n' python3 python3-venv
    elif ! "$python" -c 'import ensurepip, venv' 2>>"$LOG"; then
      echo python3-venv
    fi
  } | sort -u
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@" >>"$LOG" 2>&1
}

become_root() {
  if ((EUID == 0)); then
    as_root() { "$@"; }
  elif command -v sudo >/dev/null && sudo -n true 2>>"$LOG"; then
    as_root() { sudo -n "$@"; }
  else
    fail "packages are missing and neither root nor sudo is at hand; please install: $*"
  fi
}

# invoke-rc.d asks this file before it starts a server; one that is already there is somebody else's, and is left.
forbid_starting_servers() {
  local policy=/usr/sbin/policy-rc.d
  [[ -e $policy ]] && return
  trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

# --- Python and Asterisk -------------------------------------------------------------------------------------------

find_python() {
  local name
  for name in python3.11 python3.12 python3.13 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  return 1
}

asterisk_on_path() {
  local version
  version=$(asterisk -V 2>/dev/null) || return 1
  [[ $version =~ ^Asterisk\ ([0-9]+)\. ]] && ((BASH_REMATCH[1] >= ASTERISK_OLDEST))
}

# Unpacked and not installed: no maintainer scripts run, and nothing of another suite touches the system.
unpack_asterisk() {
  local mirror
  # The mirror is the one that this machine uses for its own release; apt, not the shell, fills in REPO_URI.
  # shellcheck disable=SC2016
  mirror=$(
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' 2>>"$LOG" |
      grep -m1 '/debian/$'
  )
  rm -rf "$TOOLS/asterisk.new"
  # A mirror's copy of a testing suite may be past its Valid-Until; its signature is checked all the same.
  mmdebstrap --variant=extract --include=asterisk,asterisk-modules,asterisk-core-sounds-en-gsm \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
    "$ASTERISK_SUITE" "$TOOLS/asterisk.new" "$mirror" >>"$LOG" 2>&1
  rm -rf "$TOOLS/asterisk"
  mv "$TOOLS/asterisk.new" "$TOOLS/asterisk"
}

unpacked_asterisk() {
  local loader
  loader=$(compgen -G "$TOOLS/asterisk/usr/lib/*-linux-gnu*/ld-linux*.so.*" | head -n1)
  [[ -n $loader ]] && "$loader" --library-path "$(dirname "$loader")" "$TOOLS/asterisk/usr/sbin/asterisk" "$@"
}

# --- progress and stamps -------------------------------------------------------------------------------------------

run_step() {
  step=$((step + 1))
  printf '[%d/%d] %s ' "$step" "$STEPS" "$1"
  echo "--- $1" >>"$LOG"
  "$2"
  printf '… done\n'
}

say() {
  printf '· %s ' "$*"
}

fail() {
  printf '\n%s\n' "$*" >&2
  trap - ERR
  exit 1
}

# A stamp holds the checksum of all that a step depends on: files, and a word such as a version.
stamped() {
  [[ -f $STAMPS/$1 && $(checksum "${@:2}") == "$(<"$STAMPS/$1")" ]]
}

stamp() {
  checksum "${@:2}" >"$STAMPS/$1"
}

checksum() {
  { echo "$1"; sha256sum "${@:2}"; } | sha256sum
}

trap 'printf "\nsetup failed; the end of %s:\n" "$LOG" >&2; tail -n 15 "$LOG" >&2' ERR
set -E
main "$@"
