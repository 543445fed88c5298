#!/usr/bin/env bash
# Builds firmware/vox for browsers: host/vox_embed/export/templates/web/vox.wasm, which `export --target web` takes.
#   usage: tools/build_web.sh [OUT.wasm]        Needs clang and lld (make setup brings them).
# The kept one is built by Debian 12's clang 14; vox.wasm.sources is the hash of what it was built from.
set -euo pipefail
cd "$(dirname "$0")/.."
kept=host/vox_embed/export/templates/web/vox.wasm
out=${1:-$kept}
mapfile -t sources < <(find firmware/vox/src firmware/web -name '*.c' -not -path '*/link/*' | LC_ALL=C sort)
clang --target=wasm32 -O2 -mbulk-memory -ffreestanding -nostdlib -std=c99 -Wall -Wextra -Wconversion -Werror -flto \
  -I firmware/web/include -I firmware/vox/include -I firmware/vox/src "${sources[@]}" \
  -Wl,--no-entry -Wl,--gc-sections -Wl,--strip-all -Wl,-z,stack-size=65536 -o "$out"
if [[ $out == "$kept" ]]; then
  find firmware/vox/src firmware/vox/include firmware/web -name '*.[ch]' -not -path '*/link/*' | LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1 > "$kept.sources"
fi
