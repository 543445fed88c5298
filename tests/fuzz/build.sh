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
here=$root/tests/fuzz helpers=$root/tests/helpers firmware=$root/firmware
common=(-DVOX_ALL_OPERATORS -std=c11 -g -O2 -fno-omit-frame-pointer -I "$firmware/vox/include" -I "$firmware/vox/src" -I "$out" -I "$here")
checked=(-fsanitize=address,undefined -fno-sanitize-recover=all)
board=("$helpers/memory_board/board.c" "$helpers/nor/nor.c" "$firmware/hal/flash_slots.c" "$firmware/hal/rp2040/flash.c")
for file in "$firmware"/app/*.c; do
  [[ $file == */main.c ]] || board+=("$file")
done

built=()
library() { # library NAME FLAGS...: OUT_DIR/NAME.a, firmware/vox compiled with FLAGS; once a run
  [[ " ${built[*]} " != *" $1 "* ]] || return 0
  rm -rf "$out/$1" "$out/$1.a"
  mkdir "$out/$1"
  # A base name says too little: rooms have files of the same name.
  while read -r source; do
    object=${source#"$firmware/vox/src/"}
    clang "${common[@]}" "${@:2}" -c "$source" -o "$out/$1/${object//\//_}.o"
  done < <(find "$firmware/vox/src" -name '*.c' | LC_ALL=C sort)
  ar crs "$out/$1.a" "$out/$1"/*.o
  rm -rf "${out:?}/$1"
  built+=("$1")
}

for target in "${targets[@]}"; do
  case $target in
    fuzz_*)
      library fuzzed -fsanitize=fuzzer "${checked[@]}"
      clang "${common[@]}" -fsanitize=fuzzer "${checked[@]}" "$here/$target.c" "$out/fuzzed.a" -o "$out/$target" ;;
    structured)
      library checked "${checked[@]}"
      clang "${common[@]}" "${checked[@]}" "$here/structured.c" "$here/mutate.c" "$out/checked.a" -o "$out/$target" ;;
    structured_msan)
      library memory -fsanitize=memory
      clang "${common[@]}" -fsanitize=memory "$here/structured.c" "$here/mutate.c" "$out/memory.a" -o "$out/$target" ;;
    app)
      library checked "${checked[@]}"
      clang "${common[@]}" "${checked[@]}" '-DVOX_BOARD_NAME="memory"' -DVOX_ARENA_BYTES=131072u -DVOX_SLOT_BYTES=32768u \
        -DVOX_FLASH_BYTES=73728u -DNOR_BYTES=73728u -I "$helpers/memory_board" -I "$helpers/nor" -I "$helpers/nor/rp2040" \
        -I "$firmware/app" -I "$firmware/hal" -I "$firmware/hal/rp2040" "$here/fuzz_app.c" "$here/mutate.c" "${board[@]}" \
        "$out/checked.a" -o "$out/$target" ;;
    *) echo "build.sh: no target $target" >&2; exit 2 ;;
  esac
done
