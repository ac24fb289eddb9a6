#!/usr/bin/env bash
# Measures Roost side by side with other brokers on this machine and writes the table into
# benches/README.md. Takes about ten minutes; arguments go to the measurement (--help lists them).
set -euo pipefail
cd "$(dirname "$0")/.."

export ROOST_CACHE=${ROOST_CACHE:-$HOME/.cache/roost}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$ROOST_CACHE/target}
scripts/cargo.sh build --release --ignore-rust-version -p roost-node -p roost-benches
exec python3 benches/side_by_side --binaries "$CARGO_TARGET_DIR/release" "$@"
