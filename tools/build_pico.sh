#!/usr/bin/env bash
# Builds the Raspberry Pi Pico's firmware without a model, as `vox-embed flash` takes it: host/vox_embed/device/firmware/rp2040.bin.gz.
#   usage: tools/build_pico.sh [OUT.bin.gz]        Needs pico-sdk (vox-embed fetch pico-sdk) and arm-none-eabi-gcc.
# rp2040.sources is the hash of what the kept one was built from.
set -euo pipefail
cd "$(dirname "$0")/.."
kept=host/vox_embed/device/firmware/rp2040.bin.gz
out=${1:-$kept}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetched=$HOME/.cache/vox-embed/src
export PICO_SDK_PATH=${PICO_SDK_PATH:-$fetched/pico-sdk}
touch "$work/none.vxm"
export CFLAGS="-ffile-prefix-map=$PICO_SDK_PATH=pico-sdk -ffile-prefix-map=$fetched/tinyusb=tinyusb -ffile-prefix-map=$PWD=."
export CXXFLAGS=$CFLAGS ASMFLAGS=$CFLAGS
cmake --preset rp2040 -B "$work/build" -DVOX_MODEL="$work/none.vxm" > /dev/null
cmake --build "$work/build" --parallel 2 > /dev/null
mkdir -p "$(dirname "$out")"
gzip -9 -n -c "$work/build/vox-rp2040.bin" > "$out"
if [[ $out == "$kept" ]]; then
  find firmware/app firmware/vox firmware/hal/rp2040 boards/rp2040.yaml -type f | LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1 > "${kept%.bin.gz}.sources"
fi
