#!/usr/bin/env bash
# Makes a fresh Debian (root or sudo) ready: system packages, virtual environment, native module. Safe to run again:
# what is in place and unchanged is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m%s\033[0m\n' "$*"; }

# --- system packages ---------------------------------------------------------------------------------------------
packages=()
need() { # need COMMAND PACKAGE...: install PACKAGEs where COMMAND is missing
  command -v "$1" > /dev/null 2>&1 || packages+=("${@:2}")
}
need g++ g++
need cmake cmake
need ninja ninja-build
need arm-none-eabi-gcc gcc-arm-none-eabi libnewlib-arm-none-eabi
need qemu-system-arm qemu-system-arm
need riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf
need qemu-system-riscv32 qemu-system-misc
need clang clang
need wasm-ld lld
need chromium chromium
need cppcheck cppcheck
need node nodejs
need npm npm
# pico-sdk is C++ in part, and its sources come from Debian's archive, checked against its keys.
# The RISC-V compiler comes without a C library.
if command -v dpkg > /dev/null; then
  for package in libstdc++-arm-none-eabi-newlib picolibc-riscv64-unknown-elf debian-archive-keyring; do
    dpkg -s "$package" > /dev/null 2>&1 || packages+=("$package")
  done
fi
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "setup: Python 3.11 or newer is needed (set PYTHON=...)" >&2; exit 1; }
"$python" -c 'import ensurepip' 2> /dev/null || packages+=(python3-venv)
"$python" -c 'import sysconfig, pathlib, sys; sys.exit(not (pathlib.Path(sysconfig.get_paths()["include"]) / "Python.h").exists())' || packages+=(python3-dev)
as_root=()
[[ $(id -u) -eq 0 ]] || as_root=(sudo)
install() {
  command -v apt-get > /dev/null || { echo "setup: please install: $*" >&2; exit 1; }
  say "Installing system packages: $*"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null
}
[[ ${#packages[@]} -eq 0 ]] || install "${packages[@]}"
# Sanitizer and fuzzer runtimes come in a package named after clang's version.
if ! find "$(clang --print-resource-dir)" -name '*fuzzer*.a' 2> /dev/null | grep -q .; then
  install "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
fi

# --- virtual environment --------------------------------------------------------------------------------------------
[[ -x .venv/bin/python ]] || { say "Creating .venv"; "$python" -m venv .venv; }
mkdir -p .setup
# Where modules of the package lie counts too: an editable installation remembers it.
sources=$({ cat pyproject.toml CMakeLists.txt tools/constraints.txt $(find firmware/vox host/native -type f | LC_ALL=C sort); find host/vox_embed -name "*.py" | LC_ALL=C sort; } | sha256sum)
if [[ ! -x .venv/bin/vox-embed || $(cat .setup/sources 2> /dev/null) != "$sources" ]]; then
  say "Installing vox-embed into .venv (the first time takes a minute or two)"
  .venv/bin/python -m pip install -q --upgrade pip
  .venv/bin/python -m pip install -q -c tools/constraints.txt -e '.[train,synth,xgboost,sign,learn,balance,optuna,dask,dev]'
  printf '%s' "$sources" > .setup/sources
fi

# --- RP2040: emulator and SDK. Without them everything else works; their tests are skipped and say why. -------------------
[[ -d boards/rp2040_emulator/node_modules/rp2040js ]] ||
  npm install --silent --no-audit --no-fund --no-package-lock --prefix boards/rp2040_emulator ||
  echo "setup: npm could not install rp2040js: the RP2040 cannot be emulated" >&2
tools/fetch_sources.sh > /dev/null ||
  echo "setup: sources for the RP2040, MicroPython modules and signed models could not be fetched: see tools/fetch_sources.sh" >&2
