#!/usr/bin/env bash
# Installs what a build and a development cluster need and this machine has not: through apt-get as
# root or with sudo, otherwise it says what to install. Quiet and quick when nothing is missing.
set -euo pipefail

missing=()
need() { # package, command...: the package is missing when the command fails
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
has_libclang() { # bindgen loads it while RocksDB's bindings are generated
  local found
  # Not libclang-cpp.so, which other packages bring.
  found=$(find "${LIBCLANG_PATH:-/usr/lib}" /usr/lib /usr/local/lib -maxdepth 4 \
    \( -name 'libclang.so*' -o -name 'libclang-[0-9]*.so*' \) -print -quit 2>/dev/null) || true
  [ -n "$found" ]
}
has_libfaketime() { # gives a node of the chaos tests a wall clock of its own
  find /usr/lib -maxdepth 3 -name 'libfaketimeMT.so.1' -print -quit | grep -q .
}
need g++ command -v c++
need make command -v make
need libclang-dev has_libclang
need python3 command -v python3
need python3-venv python3 -c 'import ensurepip, venv'
need nodejs command -v node
need npm command -v npm
need iproute2 command -v ip
need nftables command -v nft
need libfaketime has_libfaketime

if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ]; then
    as_root=()
  elif command -v sudo >/dev/null; then
    as_root=(sudo)
  else
    echo "error: please install as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  if ! command -v apt-get >/dev/null; then
    echo "error: please install (Debian's names): ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

if ! command -v cargo >/dev/null; then
  echo "error: there is no cargo; install a Rust toolchain (1.95 or newer) with rustup, then open a new shell" >&2
  exit 1
fi
minor=$(rustc --version | sed -n 's/^rustc 1\.\([0-9]*\).*/\1/p')
if [ -z "$minor" ] || [ "$minor" -lt 95 ]; then
  echo "error: $(rustc --version) is too old; Rust 1.95 or newer is needed (rustup update stable)" >&2
  exit 1
fi
