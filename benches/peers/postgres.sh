#!/usr/bin/env bash
# One PostgreSQL server on loopback, with the package's defaults but for memory.
#
#   postgres.sh start   psql -h 127.0.0.1 -p 54329 -U roost postgres
#   postgres.sh stop
set -euo pipefail

peers=${ROOST_CACHE:-$HOME/.cache/roost}/peers
data=$peers/data/postgres
binaries=/usr/lib/postgresql/15/bin

install() {
  [ -x "$binaries/postgres" ] && return
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends postgresql-15 postgresql-client-15 >&2
  # The package starts a cluster of its own, which would take part in every measurement.
  if command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl disable --now postgresql >&2 || true
  fi
}

# PostgreSQL does not run as root.
as_user() {
  if [ "$(id -u)" -eq 0 ]; then
    runuser -u postgres -- "$@"
  else
    "$@"
  fi
}

start() {
  install
  rm -rf "$data"
  mkdir -p "$data"
  if [ "$(id -u)" -eq 0 ]; then
    # Its user has to get there, and sees nothing else of the way.
    data=$(mktemp -d /tmp/roost-postgres.XXXXXX)
    chown postgres "$data"
    echo "$data" >"$peers/data/postgres.folder"
  fi
  as_user "$binaries/initdb" -D "$data/db" -U roost -A trust >"$peers/data/postgres.log"
  as_user "$binaries/pg_ctl" -D "$data/db" -w -l "$data/log" start -o \
    "-p 54329 -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
     -c shared_buffers=2GB -c work_mem=64MB -c maintenance_work_mem=512MB" >>"$peers/data/postgres.log"
}

stop() {
  if [ -f "$peers/data/postgres.folder" ]; then
    data=$(cat "$peers/data/postgres.folder")
  fi
  as_user "$binaries/pg_ctl" -D "$data/db" -m fast -w stop >>"$peers/data/postgres.log"
  rm -rf "$data" "$peers/data/postgres.folder"
}

"$1"
