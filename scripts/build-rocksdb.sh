#!/usr/bin/env bash
# Compiles RocksDB once, from the sources inside the librocksdb-sys crate, into a cache that outlives
# checkouts, profiles and target directories. Prints the directory that holds librocksdb.a.
#
# The crate's own build script would compile the same 340 C++ files again for every profile and every
# clean target directory (10–17 minutes each time on two cores).
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${ROOST_CACHE:-$HOME/.cache/roost}
manifest=$(cargo metadata --format-version 1 --locked --ignore-rust-version 2>/dev/null || cargo metadata --format-version 1)
crate_dir() {
  python3 -c '
import json, os, sys
for package in json.load(sys.stdin)["packages"]:
    if package["name"] == sys.argv[1]:
        print(os.path.dirname(package["manifest_path"]))
        break
else:
    sys.exit("error: the lock file names no " + sys.argv[1])
' "$1" <<<"$manifest"
}
source=$(crate_dir librocksdb-sys)
lz4=$(dirname "$(find "$(crate_dir lz4-sys)" -name lz4.h | head -n 1)")

flags="-std=c++20 -O2 -g0 -fPIC -DNDEBUG -DLZ4=1 -DHAVE_ALIGNED_NEW -DHAVE_UINT128_EXTENSION
  -DOS_LINUX -DROCKSDB_PLATFORM_POSIX -DROCKSDB_LIB_IO_POSIX -DROCKSDB_SCHED_GETCPU_PRESENT
  -DROCKSDB_AUXV_GETAUXVAL_PRESENT -DROCKSDB_FALLOCATE_PRESENT -DROCKSDB_RANGESYNC_PRESENT
  -include cstdint -w"
case $(uname -m) in
  x86_64) flags="$flags -march=x86-64-v2 -mpclmul" ;;
  aarch64) flags="$flags -march=armv8-a+crc+crypto" ;;
esac

key=$(printf '%s' "$flags" "$(c++ --version | head -n 1)" | sha256sum | cut -c1-12)
out="$cache/rocksdb/$(basename "$source")-$key"
if [ -f "$out/librocksdb.a" ]; then
  echo "$out"
  exit 0
fi

objects="$out/objects"
mkdir -p "$objects"
# Two checkouts may build at the same time: the second one waits, and finds it done.
exec 9>"$out/lock"
flock 9
if [ -f "$out/librocksdb.a" ]; then
  echo "$out"
  exit 0
fi
list=$(grep -v 'util/build_version.cc' "$source/rocksdb_lib_sources.txt" | sed 's/[[:space:]]*$//' | grep .)
total=$(wc -l <<<"$list")
echo "building RocksDB once into $out ($total files; about 10 minutes on two cores)" >&2

compile() { # source file, object file; an interrupted build goes on where it stopped
  [ -f "$2" ] || { c++ $FLAGS -I"$SOURCE/rocksdb/include" -I"$SOURCE/rocksdb" -I"$SOURCE" -I"$LZ4" \
    -c "$1" -o "$2.part" && mv "$2.part" "$2"; }
}
export -f compile
export FLAGS=$(tr '\n' ' ' <<<"$flags") SOURCE=$source LZ4=$lz4
{
  while read -r file; do
    printf '%s\0%s\0' "$source/rocksdb/$file" "$objects/$(tr / _ <<<"$file").o"
  done <<<"$list"
  printf '%s\0%s\0' "$source/build_version.cc" "$objects/build_version.o"
} | xargs -0 -n 2 -P "$(nproc)" bash -c 'compile "$1" "$2"' _

rm -f "$out/librocksdb.a.part"
find "$objects" -name '*.o' -print0 | xargs -0 ar rcs "$out/librocksdb.a.part"
mv "$out/librocksdb.a.part" "$out/librocksdb.a"
rm -rf "$objects"
echo "$out"
