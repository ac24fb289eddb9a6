#!/usr/bin/env bash
# One mosquitto broker on loopback that keeps everything in memory. Its PUBACK promises nothing: there
# is no setting that makes it wait for the disk, and no clustering.
#
#   mosquitto.sh start [CERTIFICATE KEY]   plaintext on 127.0.0.1:18830, with a certificate also TLS on :18883
#   mosquitto.sh stop
set -euo pipefail

peers=${ROOST_CACHE:-$HOME/.cache/roost}/peers
data=$peers/data/mosquitto
plain=127.0.0.1:18830
tls=127.0.0.1:18883

install() {
  command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] && return
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends mosquitto >&2
  # The package starts a service of its own, which would take part in every measurement.
  if command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl disable --now mosquitto >&2 || true
  fi
}

configure() { # certificate, key
  cat <<CONF
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 0
set_tcp_nodelay true
log_dest stderr
log_type error
listener ${plain#*:} ${plain%:*}
CONF
  [ $# -lt 2 ] || cat <<CONF
listener ${tls#*:} ${tls%:*}
certfile $1
keyfile $2
CONF
}

start() {
  install
  mkdir -p "$data"
  configure "$@" >"$data/mosquitto.conf"
  # A broker that was started as root leaves it, and cannot read keys then.
  [ "$(id -u)" -ne 0 ] || echo "user root" >>"$data/mosquitto.conf"
  PATH=$PATH:/usr/sbin mosquitto -c "$data/mosquitto.conf" >"$data/mosquitto.log" 2>&1 &
  local pid=$!
  echo "$pid" >"$data/pids"
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || break
    if (exec 3<>"/dev/tcp/${plain%:*}/${plain#*:}") 2>/dev/null; then
      return
    fi
    sleep 0.05
  done
  echo "error: mosquitto does not serve; see $data/mosquitto.log" >&2
  exit 1
}

stop() {
  [ -f "$data/pids" ] || return 0
  local pid
  pid=$(cat "$data/pids")
  kill "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  rm -rf "$data"
}

case ${1:-} in
  start) shift && start "$@" ;;
  stop) stop ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
