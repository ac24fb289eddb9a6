#!/usr/bin/env bash
# Cargo with the settings that every build of this workspace needs: one target directory and one
# RocksDB, both in a cache outside the checkout. Builds RocksDB first when the cache has none.
set -euo pipefail
cd "$(dirname "$0")/.."

export ROOST_CACHE=${ROOST_CACHE:-$HOME/.cache/roost}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$ROOST_CACHE/target}
ROCKSDB_LIB_DIR=$(scripts/build-rocksdb.sh)
export ROCKSDB_LIB_DIR
export ROCKSDB_STATIC=1
exec cargo "$@"
