#!/usr/bin/env bash
# Which lines of Python and C the tests reach: writes tests/coverage/table.csv and names files below 80 % without a reason.
#   tools/coverage.sh                   # the whole suite, on two processes
#   tools/coverage.sh -n 1 tests/unit   # what else pytest takes
#   tools/coverage.sh --add tests/cli   # adds to what was counted before: a long run in parts
# The native module counts while the tests run; afterwards it is built again as it was.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/build/coverage
python=$PWD/.venv/bin/python
export VOX_C_COVERAGE=$out/drivers # helpers/c_program.py counts, too
export COVERAGE_FILE=$out/python/data
counting=$out/module.so # the native module that counts: built anew, it would count from nothing
if [[ ${1:-} == --add ]]; then shift; else rm -f "$counting"; rm -rf "$out/python" "$out/python.json" "$out/drivers"; find "$out" -name '*.gcda' -delete 2> /dev/null || true; fi
[[ $# -gt 0 ]] ||
  set -- -n "${VOX_TEST_PROCESSES:-2}" --dist loadgroup tests

native() { # native BUILD_FOLDER [SETTING...]
  "$python" -m pip install -q --no-deps -c tools/constraints.txt "${@:2}" -C "build-dir=$1" -e .
}
restore() { native build/python; }

mkdir -p "$out/python" "$out/tests"
trap restore EXIT
module() { "$python" -c "import vox_embed.core._native as native; print(native.__file__)"; }
if [[ -f $counting ]]; then
  cp "$counting" "$(module)"
else
  native "$out/native" -C "cmake.define.CMAKE_C_FLAGS_RELEASE=-O1 --coverage" -C "cmake.define.CMAKE_CXX_FLAGS_RELEASE=-O1 --coverage"
  cp "$(module)" "$counting"
fi
status=0
"$python" -m coverage run -m pytest -q "$@" || status=$?
"$python" -m coverage combine -q --append "$out/python"
"$python" -m coverage json -q -o "$out/python.json"
"$python" tools/coverage_table.py "$out" --write
exit "$status"
