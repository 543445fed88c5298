"""A short run of the fuzzers over the kept corpus; `--full` runs a million inputs each.

By hand:  tests/fuzz/build.sh build/fuzz; mkdir build/fuzz/found
          build/fuzz/fuzz_model -runs=1000000 build/fuzz/found tests/fuzz/corpus/model
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.shared import made_once

HERE = Path(__file__).resolve().parent
SHORT, FULL = 50_000, 1_000_000


@pytest.fixture(scope="module")
def fuzzers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("clang") is None:
        pytest.skip("clang (libFuzzer) is not installed; `make setup` installs it")
    build = [HERE / "build.sh"]
    return made_once(
        tmp_path_factory,
        "fuzz",
        lambda out: subprocess.run([*build, out, "fuzz_model", "fuzz_link"], check=True),
    )


@pytest.mark.parametrize(("target", "length"), [("model", 16384), ("link", 2048)])
def test_no_input_breaks_it(fuzzers: Path, tmp_path: Path, target: str, length: int, full: bool) -> None:
    corpus = HERE / "corpus" / target
    assert any(corpus.iterdir()), f"no corpus in {corpus}"
    runs = FULL if full else SHORT
    work = tmp_path / "corpus"
    work.mkdir()
    result = subprocess.run(
        [
            fuzzers / f"fuzz_{target}",
            f"-runs={runs}",
            f"-max_len={length}",
            "-timeout=10",
            "-seed=7",
            work,
            corpus,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    assert f"Done {runs} runs" in result.stderr
