#!/usr/bin/env bash
# Makes, once per set of requirements, a Python environment with the real SDKs in the cache, and
# prints its interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${ROOST_CACHE:-$HOME/.cache/roost}
requirements=scripts/python-requirements.txt
version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
key=$(sha256sum "$requirements" | cut -c1-12)
environment=$cache/python/$version-$key
if [ ! -f "$environment/ready" ]; then
  echo "making a Python environment with the SDKs in $environment" >&2
  rm -rf "$environment"
  python3 -m venv "$environment" >&2
  "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
  "$environment/bin/python" -c 'import azure.iot.device, azure.iot.hub'
  touch "$environment/ready"
fi
echo "$environment/bin/python"
