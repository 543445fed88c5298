#!/usr/bin/env bash
# Which lines of Python and C the tests reach: writes tests/coverage/table.csv and names files below 80 % without a reason.
#   tools/coverage.sh                   # tests/unit, tests/integration, tests/cli, tests/reference; on two processes
#   tools/coverage.sh -n 1 tests/unit   # what else pytest takes
# The native module counts while the tests run; afterwards it is built again as it was.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/build/coverage
python=$PWD/.venv/bin/python
export VOX_C_COVERAGE=1 # helpers/c_program.py counts, too
export COVERAGE_FILE=$out/python/data
[[ $# -gt 0 ]] || set -- -n "${VOX_TEST_PROCESSES:-2}" --dist loadgroup tests/unit tests/integration tests/cli tests/reference

native() { # native BUILD_FOLDER [SETTING...]
  "$python" -m pip install -q --no-deps -c tools/constraints.txt "${@:2}" -C "build-dir=$1" -e .
}
restore() { native build/python; }

rm -rf "$out/python" "$out/tests"
mkdir -p "$out/python"
trap restore EXIT
native "$out/native" -C "cmake.define.CMAKE_C_FLAGS_RELEASE=-O1 --coverage" -C "cmake.define.CMAKE_CXX_FLAGS_RELEASE=-O1 --coverage"
find "$out/native" -name '*.gcda' -delete
status=0
"$python" -m coverage run -m pytest -q --basetemp="$out/tests" "$@" || status=$?
"$python" -m coverage combine -q "$out/python"
"$python" -m coverage json -q -o "$out/python.json"
"$python" tools/coverage_table.py "$out" --write
exit "$status"
