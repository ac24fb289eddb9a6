#!/usr/bin/env bash
# Looks for bytes that break the AMQP decoders and engine, guided by coverage. Takes the seconds for each
# target; what it learns stays in the cache, what it finds is named and kept there too.
#
# The instruments are those of the compiler itself, so that any stable toolchain will do.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
cache=${ROOST_CACHE:-$HOME/.cache/roost}/fuzz
folder=api/amqp/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')

sancov=(-Cpasses=sancov-module)
for argument in -sanitizer-coverage-level=4 -sanitizer-coverage-inline-8bit-counters \
  -sanitizer-coverage-pc-table -sanitizer-coverage-trace-compares; do
  sancov+=("-Cllvm-args=$argument")
done
export RUSTFLAGS="--cfg fuzzing ${sancov[*]} -Clink-dead-code"
# The flags are for the target alone only when one is named; build scripts are not instrumented.
CARGO_TARGET_DIR=$cache/target cargo build --quiet --locked --release --target "$host" \
  --manifest-path "$folder/Cargo.toml"

for target in decode engine; do
  corpus=$cache/corpus/$target
  mkdir -p "$corpus" "$cache/found"
  log=$cache/$target.log
  if ! "$cache/target/$host/release/$target" "$corpus" "$folder/seeds/$target" \
    -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$cache/found/$target-" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "error: $target breaks; $cache/found has the bytes" >&2
    exit 1
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "$target: $runs inputs, $(find "$corpus" -type f | wc -l) of them worth keeping"
done
