#!/usr/bin/env bash
# Builds the fuzzers:  tests/fuzz/build.sh OUT_DIR [TARGET ...]
# fuzz_model, fuzz_link: libFuzzer's. structured: models changed by one who knows the format; structured_msan: the same under
# MSan; app: messages to the device program.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$1
targets=("${@:2}")
[[ ${#targets[@]} -gt 0 ]] || targets=(fuzz_model fuzz_link structured structured_msan app)
mkdir -p "$out"
python=$root/.venv/bin/python
[[ -x $python ]] || python=python3
"$python" "$root/tests/fuzz/fields.py" "$out/fields.h"
mapfile -t sources < <(find "$root/firmware/vox/src" -name '*.c' | LC_ALL=C sort)
here=$root/tests/fuzz helpers=$root/tests/helpers firmware=$root/firmware
common=(-std=c11 -g -O2 -fno-omit-frame-pointer -I "$firmware/vox/include" -I "$firmware/vox/src" -I "$out" -I "$here")
checked=(-fsanitize=address,undefined -fno-sanitize-recover=all)
board=("$helpers/memory_board/board.c" "$helpers/nor/nor.c" "$firmware/hal/flash_slots.c" "$firmware/hal/rp2040/flash.c")
for file in "$firmware"/app/*.c; do
  [[ $file == */main.c ]] || board+=("$file")
done
for target in "${targets[@]}"; do
  case $target in
    fuzz_*) clang "${common[@]}" -fsanitize=fuzzer "${checked[@]}" "$here/$target.c" "${sources[@]}" -o "$out/$target" ;;
    structured) clang "${common[@]}" "${checked[@]}" "$here/structured.c" "$here/mutate.c" "${sources[@]}" -o "$out/$target" ;;
    structured_msan)
      clang "${common[@]}" -fsanitize=memory "$here/structured.c" "$here/mutate.c" "${sources[@]}" -o "$out/$target" ;;
    app)
      clang "${common[@]}" "${checked[@]}" '-DVOX_BOARD_NAME="memory"' -DVOX_ARENA_BYTES=131072u -DVOX_SLOT_BYTES=32768u \
        -DVOX_FLASH_BYTES=73728u -DNOR_BYTES=73728u -I "$helpers/memory_board" -I "$helpers/nor" -I "$helpers/nor/rp2040" \
        -I "$firmware/app" -I "$firmware/hal" -I "$firmware/hal/rp2040" "$here/fuzz_app.c" "$here/mutate.c" "${board[@]}" \
        "${sources[@]}" -o "$out/$target" ;;
    *) echo "build.sh: no target $target" >&2; exit 2 ;;
  esac
done
