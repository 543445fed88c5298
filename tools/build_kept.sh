#!/usr/bin/env bash
# Builds firmware without a model, as `vox-embed flash` takes it: host/vox_embed/device/firmware/<board>.bin.gz.
#   usage: tools/build_kept.sh [rp2040 | microbit [OUT.bin.gz]]        Without arguments both.
# Needs arm-none-eabi-gcc, for rp2040 also pico-sdk (vox-embed fetch pico-sdk). <board>.sources is the hash of what a kept one was built from.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ $# -eq 0 ]]; then
  "$0" rp2040
  exec "$0" microbit
fi
board=$1
kept=host/vox_embed/device/firmware/$board.bin.gz
out=${2:-$kept}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetched=$HOME/.cache/vox-embed/src
export PICO_SDK_PATH=${PICO_SDK_PATH:-$fetched/pico-sdk}
touch "$work/none.vxm"
export CFLAGS="-ffile-prefix-map=$PICO_SDK_PATH=pico-sdk -ffile-prefix-map=$fetched/tinyusb=tinyusb -ffile-prefix-map=$PWD=."
export CXXFLAGS=$CFLAGS ASMFLAGS=$CFLAGS
cmake --preset "$board" -B "$work/build" -DVOX_MODEL="$work/none.vxm" > /dev/null
cmake --build "$work/build" --parallel 2 > /dev/null
[[ -f $work/build/vox-$board.bin ]] || arm-none-eabi-objcopy -O binary "$work/build/vox-$board.elf" "$work/build/vox-$board.bin"
mkdir -p "$(dirname "$out")"
gzip -9 -n -c "$work/build/vox-$board.bin" > "$out"
if [[ $out == "$kept" ]]; then
  hal=$(sed -n 's/^hal: *//p' "boards/$board.yaml")
  find firmware/app firmware/vox "firmware/hal/$hal" "boards/$board.yaml" -type f | LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1 > "${kept%.bin.gz}.sources"
fi
