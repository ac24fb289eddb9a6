#!/usr/bin/env bash
# Three etcd servers on loopback. A put is answered when it is on disk (fsync) on a majority.
#
#   etcd.sh start   gRPC in plaintext on 127.0.0.1:23791, :23792 and :23793
#   etcd.sh stop
set -euo pipefail

peers=${ROOST_CACHE:-$HOME/.cache/roost}/peers
data=$peers/data/etcd
endpoints=127.0.0.1:23791,127.0.0.1:23792,127.0.0.1:23793

install() {
  command -v etcd >/dev/null && command -v etcdctl >/dev/null && return
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends etcd-server etcd-client >&2
  # The package starts a service of its own, which would take part in every measurement.
  if command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl disable --now etcd >&2 || true
  fi
}

start() {
  install
  mkdir -p "$data"
  : >"$data/pids"
  local cluster="e1=http://127.0.0.1:23801,e2=http://127.0.0.1:23802,e3=http://127.0.0.1:23803"
  local node
  for node in 1 2 3; do
    etcd --name "e$node" --data-dir "$data/e$node" \
      --listen-client-urls "http://127.0.0.1:2379$node" \
      --advertise-client-urls "http://127.0.0.1:2379$node" \
      --listen-peer-urls "http://127.0.0.1:2380$node" \
      --initial-advertise-peer-urls "http://127.0.0.1:2380$node" \
      --initial-cluster "$cluster" --initial-cluster-state new \
      --quota-backend-bytes 4294967296 >"$data/e$node.log" 2>&1 &
    echo $! >>"$data/pids"
  done
  for _ in $(seq 80); do
    if ETCDCTL_API=3 etcdctl --endpoints "$endpoints" endpoint health >/dev/null 2>&1; then
      return
    fi
    sleep 0.25
  done
  echo "error: the etcd cluster does not serve; see $data/e1.log" >&2
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
  start) start ;;
  stop) stop ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
