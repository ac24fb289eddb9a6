#!/usr/bin/env bash
# Installs, once per lock file, the npm SDKs of the integration tests in the cache, and prints the
# folder that holds them (for NODE_PATH).
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${ROOST_CACHE:-$HOME/.cache/roost}
folder=tests/tests/node
key=$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum | cut -c1-12)
environment=$cache/node/$key
if [ ! -f "$environment/ready" ]; then
  echo "installing the npm SDKs in $environment" >&2
  rm -rf "$environment"
  mkdir -p "$environment"
  cp "$folder/package.json" "$folder/package-lock.json" "$environment/"
  (cd "$environment" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2)
  touch "$environment/ready"
fi
echo "$environment/node_modules"
