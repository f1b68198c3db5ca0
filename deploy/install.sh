#!/bin/bash
# Makes this Debian machine run Ringpace from /opt/ringpace, with Asterisk, Redis and Mosquitto as packages beside it.
#
#   deploy/install.sh --trunk-host sip.carrier.example --caller-id +8621... [--agents 8]
#
# Needs: root, this project in /opt/ringpace, and the packages named below. Makes: the user ringpace, a virtual
# environment of locked versions, the consoles, /etc/ringpace with new secrets (once), /var/lib/ringpace, the first
# admin (once; the password is shown), the configurations of the three neighbours, the units, and the command dialer.
# Run it again after every change of /etc/ringpace/ringpace.toml and after every update: it changes only what differs.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

PACKAGES=(asterisk redis-server mosquitto python3-venv espeak-ng sox)
SITE=/etc/ringpace
DATA=/var/lib/ringpace
SOUNDS=/usr/share/asterisk/sounds

main() {
  check_machine
  make_user_and_folders
  make_environment
  make_consoles
  make_site "$@"
  make_first_admin
  configure_neighbours
  speak_prompts
  start_services
}

check_machine() {
  local package missing=()
  ((EUID == 0)) || fail "please run this as root"
  [[ $PWD == /opt/ringpace ]] || fail "please put this project into /opt/ringpace (it is in $PWD)"
  for package in "${PACKAGES[@]}"; do
    dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  ((${#missing[@]} == 0)) || fail "please install: ${missing[*]}"
}

make_user_and_folders() {
  getent passwd ringpace >/dev/null ||
    useradd --system --user-group --home-dir "$DATA" --shell /usr/sbin/nologin ringpace
  # Asterisk writes recordings to the spool, from where Ringpace takes them away; it sees nothing else of ours.
  usermod --append --groups ringpace asterisk
  install -d -o ringpace -g ringpace -m 0750 "$DATA"
  install -d -o ringpace -g ringpace -m 2770 "$DATA/spool"
}

make_environment() {
  local lock=deploy/requirements.lock
  [[ -x .venv/bin/pip ]] || python3 -m venv .venv
  if ! cmp --silent "$lock" .venv/installed.lock; then
    .venv/bin/pip install --quiet --require-hashes --requirement "$lock"
    cp "$lock" .venv/installed.lock
  fi
  install -m 0755 deploy/dialer /usr/local/bin/dialer
}

make_consoles() {
  local built_from
  built_from=$(find web deploy/consoles.sh requirements.lock -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' \
    -exec sha256sum {} + | sort | sha256sum)
  [[ -f web/dist/index.html && -f .venv/consoles && $(<.venv/consoles) == "$built_from" ]] && return
  deploy/consoles.sh
  echo "$built_from" >.venv/consoles
}

make_site() {
  [[ -e $SITE/ringpace.toml ]] || python3 deploy/new_site.py --to "$SITE" --data-dir "$DATA" "$@"
  # Each server reads what is its own.
  own root root 0755 "$SITE"
  own ringpace ringpace 0600 "$SITE/ringpace.toml"
  own root redis 0640 "$SITE/redis.conf"
  own mosquitto mosquitto 0600 "$SITE"/mosquitto.{conf,passwords,acl}
  # The service replaces the keys of the recordings (dialer recordings rotate), so the folder is its own.
  if [[ -d $SITE/keys ]]; then
    own ringpace ringpace 0700 "$SITE/keys"
    own ringpace ringpace 0600 "$SITE"/keys/*
  fi
  # A site from before there were keys gets some where its settings say, and keeps those it has.
  runuser -u ringpace -- /usr/local/bin/dialer recordings new-keys --if-missing
  # The record belongs to the service, whoever asks about it first.
  runuser -u ringpace -- /usr/local/bin/dialer campaign list >/dev/null
}

make_first_admin() {
  local users
  users=$(runuser -u ringpace -- /usr/local/bin/dialer users list --json)
  [[ $users == "[]" ]] || return 0
  runuser -u ringpace -- /usr/local/bin/dialer users add admin --role admin
}

configure_neighbours() {
  ln -sf "$SITE/redis.conf" /etc/redis/redis-ringpace.conf
  ln -sf "$SITE/mosquitto.conf" /etc/mosquitto/conf.d/ringpace.conf
  /usr/local/bin/dialer asterisk-conf --to /etc/asterisk
  chgrp asterisk /etc/asterisk/site/*.conf
  chmod 0640 /etc/asterisk/site/*.conf
}

# A voice to begin with. For one of your own, record what `python -m ivr` lists over these files.
speak_prompts() {
  local language
  for language in zh en; do
    [[ -d $SOUNDS/$language/ringpace ]] && continue
    [[ -n ${spoken:-} ]] || { spoken=$(mktemp -d) && .venv/bin/python -m lab.prompts "$spoken"; }
    mkdir -p "$SOUNDS/$language"
    cp -r "$spoken/$language/ringpace" "$SOUNDS/$language/"
  done
  [[ -z ${spoken:-} ]] || rm -rf "$spoken"
}

start_services() {
  install -D -m 0644 deploy/systemd/ringpace.service /etc/systemd/system/ringpace.service
  install -D -m 0644 deploy/systemd/asterisk.service.d/ringpace.conf /etc/systemd/system/asterisk.service.d/ringpace.conf
  if [[ ! -d /run/systemd/system ]]; then
    echo "systemd does not run here: nothing is started"
    return
  fi
  systemctl daemon-reload
  systemctl enable --quiet redis-server@ringpace mosquitto asterisk ringpace
  # Restarting Asterisk ends its calls: Ringpace drains first, and only at a quiet hour is this to be run.
  systemctl stop ringpace
  systemctl restart redis-server@ringpace mosquitto asterisk
  systemctl start ringpace
  echo "started; ask: dialer doctor"
}

own() {
  chown "$1:$2" "${@:4}"
  chmod "$3" "${@:4}"
}

fail() {
  echo "$*" >&2
  exit 1
}

main "$@"
