#!/usr/bin/env bash
# MicroPython's RP2 port for the Pico as the emulator can run it: without TLS (its sources are not fetched) and with the
# compiler's own arithmetic (the stand-in boot ROM has none).
#   usage: build_rp2.sh MPY_DIR PICO_SDK TINYUSB MPY_CROSS WORK     leaves WORK/firmware.uf2
set -euo pipefail
mpy=$1 sdk=$2 tinyusb=$3 cross=$4 work=$5
source=$work/source
rm -rf "$source" "$work/out"
mkdir -p "$source/lib" "$work/out"
for folder in py extmod shared drivers tools mpy-cross; do cp -r "$mpy/$folder" "$source/"; done
mkdir -p "$source/ports" && cp -r "$mpy/ports/rp2" "$source/ports/"
for library in "$mpy"/lib/*; do [[ $(basename "$library") =~ ^(pico-sdk|tinyusb)$ ]] || cp -r "$library" "$source/lib/"; done
cp -rL "$sdk" "$source/lib/pico-sdk" # links would lead nowhere from there
cp -rL "$tinyusb" "$source/lib/tinyusb"
touch "$source/lib/micropython-lib/README.md"

port=$source/ports/rp2
sed -i -e '/set(MICROPY_SSL_MBEDTLS ON)/s/ON/OFF/' -e '/mbedtls_port.c/d' -e '/micropy_lib_mbedtls)/d' \
  -e '/^pico_set_float_implementation/d' "$port/CMakeLists.txt"
sed -i -e '/^pico_add_extra_outputs/i \
pico_set_float_implementation(${MICROPY_TARGET} compiler)\
pico_set_double_implementation(${MICROPY_TARGET} compiler)\
pico_set_bit_ops_implementation(${MICROPY_TARGET} compiler)\
pico_set_mem_ops_implementation(${MICROPY_TARGET} compiler)' "$port/CMakeLists.txt"
sed -i -E -e 's/(MICROPY_SSL_MBEDTLS +)\(1\)/\1(0)/' -e 's/(MICROPY_PY_HASHLIB_SHA1 +)\(1\)/\1(0)/' \
  -e 's/(MICROPY_PY_CRYPTOLIB +)\(1\)/\1(0)/' -e 's/(MICROPY_PY_SSL +)\(1\)/\1(0)/' "$port/mpconfigport.h"
cat > "$work/manifest.py" << 'END'
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
END
export MICROPY_MPYCROSS=$cross
cmake -S "$port" -B "$work/out" -G Ninja -DPICO_NO_PICOTOOL=1 -DMICROPY_BOARD=RPI_PICO -DMICROPY_BOARD_DIR="$port/boards/RPI_PICO" \
  -DMICROPY_FROZEN_MANIFEST="$work/manifest.py" -DPICO_SDK_PATH="$source/lib/pico-sdk" \
  -DMICROPY_PREVIEW_VERSION_2=0
cmake --build "$work/out" --parallel 2
arm-none-eabi-objcopy -O binary "$work/out/firmware.elf" "$work/out/firmware.bin"
python3 "$source/tools/uf2conv.py" -f 0xe48bff56 -b 0x10000000 -c -o "$work/firmware.uf2" "$work/out/firmware.bin"
