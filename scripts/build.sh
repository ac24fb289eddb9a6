#!/usr/bin/env bash
# Builds the `roost` binary and links it into the checkout as ./roost.
set -euo pipefail
cd "$(dirname "$0")/.."

export ROOST_CACHE=${ROOST_CACHE:-$HOME/.cache/roost}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$ROOST_CACHE/target}
if [ ! -x "$CARGO_TARGET_DIR/release/roost" ]; then
  echo "first build: RocksDB and about 400 crates, 15 to 20 minutes on two cores; later ones take a minute or less"
fi
start=$SECONDS
# ntex asks for rustc 1.97 and compiles on 1.95.
scripts/cargo.sh build --release --ignore-rust-version -p roost-node
ln -sfn "$CARGO_TARGET_DIR/release/roost" roost
took=$((SECONDS - start))
if [ "$took" -ge 60 ]; then
  printf 'built ./roost in %d min %02d s\n' $((took / 60)) $((took % 60))
fi
