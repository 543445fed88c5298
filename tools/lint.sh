#!/usr/bin/env bash
# Formatters, linters and the type checker, in check mode. `tools/lint.sh --fix` mends what can be mended.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
mapfile -t c_files < <(git ls-files 'firmware/*.c' 'firmware/*.h' 'firmware/*.cpp' 'host/native/*' 'host/vox_embed/*.c' 'host/vox_embed/*.h' 'tests/*.c' 'tests/*.cpp' 'tests/*.h' 'bench/*.c' 'micropython/*.c' 'micropython/*.h' | grep -E '\.(c|h|cpp)$')
if [[ ${1:-} == --fix ]]; then
  clang-format -i "${c_files[@]}"
  ruff format -q host tests bench micropython tools
  ruff check -q --fix host tests bench micropython tools
fi
clang-format --dry-run -Werror "${c_files[@]}"
ruff format -q --check host tests bench micropython tools
ruff check -q host tests bench micropython tools
mypy
# Right shifts of negative values are arithmetic: docs/numerics.md says so, model/open.c refuses to compile elsewhere.
cppcheck --quiet --std=c99 --error-exitcode=1 --inline-suppr --enable=warning,performance,portability \
  --suppress=missingIncludeSystem --suppress=shiftNegativeLHS --suppress=shiftTooManyBitsSigned -I firmware/vox/include -I firmware/vox/src firmware/vox/src firmware/app firmware/hal
echo "lint: clean"
