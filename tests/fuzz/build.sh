#!/usr/bin/env bash
# Builds the libFuzzer targets:  tests/fuzz/build.sh OUT_DIR
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$1
mkdir -p "$out"
mapfile -t sources < <(find "$root/firmware/vox/src" -name '*.c' | LC_ALL=C sort)
for target in model link; do
  clang -std=c11 -g -O2 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    -I "$root/firmware/vox/include" -I "$root/firmware/vox/src" "$root/tests/fuzz/fuzz_$target.c" "${sources[@]}" -o "$out/fuzz_$target"
done
