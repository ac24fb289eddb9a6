#!/usr/bin/env bash
# Everything: format, lints, unit tests, and the integration tests with real processes and real SDKs.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step "format"
scripts/cargo.sh fmt --all -- --check
step "lints"
scripts/cargo.sh clippy --release --ignore-rust-version --workspace --all-targets -- -D warnings
step "binary"
scripts/build.sh
step "Python SDKs"
ROOST_PYTHON=$(scripts/python-env.sh)
export ROOST_PYTHON
step "npm SDKs"
ROOST_NODE_PATH=$(scripts/node-env.sh)
export ROOST_NODE_PATH
export ROOST_BINARY=$PWD/roost
step "hostile bytes"
scripts/fuzz.sh 4
step "tests"
scripts/cargo.sh test --release --ignore-rust-version --workspace
