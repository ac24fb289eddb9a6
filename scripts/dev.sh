#!/usr/bin/env bash
# Starts a development cluster with the built binary; arguments go to `roost dev`.
set -euo pipefail
cd "$(dirname "$0")/.."

# The SDKs dial port 443; to bind it without being root, the machine has to allow it.
allowed=$(sysctl -n net.ipv4.ip_unprivileged_port_start 2>/dev/null || echo 0)
if [ "$(id -u)" -ne 0 ] && [ "$allowed" -gt 443 ] && command -v sudo >/dev/null; then
  echo "allowing everyone on this machine to bind ports from 443 on, until the next boot:"
  echo "  sudo sysctl -w net.ipv4.ip_unprivileged_port_start=443"
  sudo sysctl -q -w net.ipv4.ip_unprivileged_port_start=443
fi
exec ./roost dev "$@"
