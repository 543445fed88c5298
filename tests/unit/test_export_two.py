"""Two exports in one program, in C and in C++: both give the host's values."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from vox_embed.core import Model, run_clip
from vox_embed.export import ExportModel, export_model, find_target

ROOT = Path(__file__).parents[2]
MODELS = {
    "digits": ROOT / "models" / "digits" / "model.vxm",
    "words": ROOT / "host" / "vox_embed" / "example" / "model.vxm",
}
"""A network on log-mel, and a line through statistics of MFCC: neither's kernels are enough for the other."""

PROGRAM = r"""
#include <stdio.h>

#include "vox/vox.h"
#include "vox_digits.h"
#include "vox_words.h"

static vox_model digits, words;
static vox_listener digits_listener, words_listener;
static uint64_t digits_memory[VOX_DIGITS_LISTENER_SIZE / 8];
static uint64_t words_memory[VOX_WORDS_LISTENER_SIZE / 8];
static int16_t samples[24000];

static int hear(vox_listener *listener, const vox_model *model, size_t count)
{
    uint16_t scores[VOX_MAX_LABELS];
    const int16_t *from = samples;
    vox_verdict verdict;
    unsigned i;
    while (count > 0) {
        size_t used = 0;
        if (vox_listener_push(listener, from, count, &used) < 0) {
            return 1;
        }
        from += used;
        count -= used;
    }
    while (vox_listener_finish(listener) != 0) {
    }
    verdict = vox_listener_clip(listener, scores);
    printf("%d", verdict.label);
    for (i = 0; i < vox_model_label_count(model); ++i) {
        printf(" %u", scores[i]);
    }
    printf("\n");
    return 0;
}

int main(void)
{
    const size_t count = fread(samples, 2, sizeof samples / 2, stdin);
    if (vox_model_open(&digits, vox_digits_image.bytes, VOX_DIGITS_SIZE) != VOX_OK ||
        vox_model_open(&words, vox_words_image.bytes, VOX_WORDS_SIZE) != VOX_OK ||
        vox_listener_init(&digits_listener, &digits, digits_memory, sizeof digits_memory) != VOX_OK ||
        vox_listener_init(&words_listener, &words, words_memory, sizeof words_memory) != VOX_OK) {
        return 2;
    }
    return hear(&digits_listener, &digits, count) + hear(&words_listener, &words, count);
}
"""

CMAKE = """cmake_minimum_required(VERSION 3.15)
project(both LANGUAGES C CXX)
add_subdirectory(digits)
add_subdirectory(words)
add_executable(in_c both.c)
target_link_libraries(in_c PRIVATE vox_digits vox_words)
add_executable(in_cpp both.cpp)
target_link_libraries(in_cpp PRIVATE vox_digits vox_words vox::vox)
target_compile_options(in_c PRIVATE -std=c99 -pedantic -Wall -Wextra -Werror)
target_compile_options(in_cpp PRIVATE -std=c++11 -pedantic -Wall -Wextra -Werror)
"""


def _expected(samples: np.ndarray) -> str:
    lines = []
    for path in MODELS.values():
        run = run_clip(Model(path.read_bytes()), samples)
        lines.append(" ".join(str(value) for value in (run.label, *run.scores)))
    return "\n".join(lines) + "\n"


def _export(folder: Path) -> None:
    for name, path in MODELS.items():
        export_model(find_target("c99"), ExportModel.read(path, name), folder / name)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("both")
    _export(folder)
    (folder / "CMakeLists.txt").write_text(CMAKE)
    for name in ("both.c", "both.cpp"):
        (folder / name).write_text(PROGRAM)
    for command in (["-B", "out", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"], ["--build", "out"]):
        done = subprocess.run(["cmake", *command], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("program", ["in_c", "in_cpp"])
def test_both_give_the_host_s_values(built: Path, program: str) -> None:
    rng = np.random.default_rng(3)
    for level in (2, 500, 8000):
        samples = rng.normal(0, level, 20000).astype(np.int16)
        done = subprocess.run(
            [str(built / "out" / program)], input=samples.tobytes(), capture_output=True, check=True
        )
        assert done.stdout.decode() == _expected(samples)


def test_another_version_is_refused(built: Path, tmp_path: Path) -> None:
    _export(tmp_path)
    lists = tmp_path / "words" / "CMakeLists.txt"
    text = lists.read_text()
    at = text.index("VOX_SOURCES_ARE ") + len("VOX_SOURCES_ARE ")
    lists.write_text(text.replace(text[at : at + 16], "0" * 16))
    (tmp_path / "CMakeLists.txt").write_text(CMAKE.partition("add_executable")[0])
    done = subprocess.run(
        ["cmake", "-B", "out", "-G", "Ninja"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "export both anew" in " ".join(done.stderr.split())


def _built_with_make(folder: Path, program: str, *flags: str) -> Path:
    """The two libraries that `make lib` makes, and a program."""
    libraries = [folder / name / "libvoxmodel.a" for name in MODELS]
    for library in libraries:
        subprocess.run(["make", "-s", "-j2", "-C", str(library.parent), "lib"], check=True)
    includes = ["-Idigits", "-Iwords", "-Idigits/vox/include"]
    source = ["-x", "c++", "both.cpp", "-x", "none"] if program == "cpp" else ["both.c"]
    compiler = "g++" if program == "cpp" else "gcc"
    command = [compiler, "-Wall", *flags, *includes, *source, *map(str, libraries), "-o", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / program


def test_two_of_make_s_libraries(tmp_path: Path) -> None:
    _export(tmp_path)
    for name in ("both.c", "both.cpp"):
        (tmp_path / name).write_text(PROGRAM)
    samples = np.random.default_rng(3).normal(0, 3000, 20000).astype(np.int16)
    for program, flags in (("c", ()), ("cpp", ("-Wl,--gc-sections",))):
        built_in = _built_with_make(tmp_path, program, *flags)
        done = subprocess.run([str(built_in)], input=samples.tobytes(), capture_output=True, check=True)
        assert done.stdout.decode() == _expected(samples)


def test_libraries_of_two_versions_do_not_link(tmp_path: Path) -> None:
    _export(tmp_path)
    (tmp_path / "both.c").write_text(PROGRAM)
    for name in ("kernels.c", "vox_words.c"):
        path = tmp_path / "words" / name
        path.write_text(re.sub("vox_sources_[0-9a-f]+", "vox_sources_0", path.read_text()))
    with pytest.raises(AssertionError, match="multiple definition"):
        _built_with_make(tmp_path, "c")
