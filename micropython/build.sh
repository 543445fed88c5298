#!/usr/bin/env bash
# Builds what the package carries for MicroPython boards: the native module of every architecture, and the helpers of
# lib/ as bytecode, into host/vox_embed/export/micropython (or the folder given).
#   usage: micropython/build.sh [OUT]
# MPY_DIR: MicroPython's sources; default: those that tools/fetch_sources.sh brings. Same compilers and sources, same
# bytes; manifest.json says which they were.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath -m "${1:-$root/host/vox_embed/export/micropython}")
fail() { echo "micropython/build.sh: $*" >&2; exit 1; }
export LC_ALL=C PYTHONHASHSEED=0 # mpy_ld goes through sets

if [[ -z ${MPY_DIR:-} ]]; then
  "$root/tools/fetch_sources.sh" > /dev/null || fail "set MPY_DIR to a folder with MicroPython's sources"
  MPY_DIR=$HOME/.cache/vox-embed/src/micropython
fi
[[ -f $MPY_DIR/py/dynruntime.mk ]] || fail "MPY_DIR=$MPY_DIR holds no MicroPython sources"
export MPY_DIR
python=$root/.venv/bin/python
[[ -x $python ]] || python=$(command -v python3)
"$python" -c 'import elftools, ar' 2> /dev/null || fail "$python lacks pyelftools or ar: pip install pyelftools ar"

work=$root/build/micropython
mkdir -p "$work/modules" "$out"
cross=$work/mpy-cross/mpy-cross
[[ -x $cross ]] || make -C "$MPY_DIR/mpy-cross" BUILD="$work/mpy-cross" -j2 > "$work/mpy-cross.log" 2>&1 ||
  fail "mpy-cross did not build: see $work/mpy-cross.log"

architectures=(x64 armv6m armv7m armv7emsp armv7emdp rv32imc)
command -v xtensa-esp32-elf-gcc > /dev/null && architectures+=(xtensawin)
build() { # build ARCHITECTURE [lite]
  local name=vox-$1${2:+-lite} folder=$work/modules/$1${2:+-lite}
  rm -rf "$folder"
  mkdir -p "$folder"
  make -s -C "$folder" -f "$root/micropython/natmod/Makefile" PYTHON="$python" ARCH="$1" ${2:+LITE=1} > "$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2; fail "$name did not build"; }
  mv "$folder/vox.mpy" "$out/$name.mpy"
}
# PDM microphones: the chips with PIO, and the PC for the tests.
build_pdm() { # build_pdm ARCHITECTURE
  local folder=$work/modules/pdm-$1
  rm -rf "$folder"
  mkdir -p "$folder"
  make -s -C "$folder" -f "$root/micropython/pdm/Makefile" PYTHON="$python" ARCH="$1" > "$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2; fail "vox_pdm-$1 did not build"; }
  mv "$folder/vox_pdm.mpy" "$out/vox_pdm-$1.mpy"
}
export -f build build_pdm fail
export work root out python
printf '%s\n' "${architectures[@]}" 'armv6m lite' | xargs -P 2 -I {} bash -euc 'build {}'
for architecture in x64 armv6m armv7emsp; do build_pdm "$architecture"; done

for source in "$root"/micropython/lib/*.py; do
  name=$(basename "$source" .py)
  if [[ $name == vox_audio ]]; then # viper: compiled by the board; not a module of this package
    cp "$source" "$out/$name.source"
    continue
  fi
  "$cross" -s "$name.py" -o "$out/$name.mpy" "$source"
done
"$python" "$root/micropython/manifest.py" "$out"
