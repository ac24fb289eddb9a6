#!/usr/bin/env bash
# One fault after the other against a cluster of this build; what it came through stands in
# nemesis-report/. Arguments go to `roost-chaos nemesis`.
set -euo pipefail
cd "$(dirname "$0")/.."

export ROOST_BINARY=$PWD/roost
exec scripts/cargo.sh run --release --ignore-rust-version -p roost-chaos -- nemesis "$@"
