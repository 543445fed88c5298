"""The library in another CMake project: found where it was installed, or as a part of it; C and C++."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.export import ExportModel, export_model
from vox_embed.export.c99 import C99
from vox_embed.version import __version__

ROOT = Path(__file__).parents[2]
PROGRAM = """#include "vox/vox.h"
#include "vox_conv.h"
#include "vox_dense.h"
int main(void)
{
    vox_model model;
    return vox_model_open(&model, 0, 0) >= 0 ||
           vox_model_open(&model, vox_conv_image.bytes, VOX_CONV_SIZE) < 0 ||
           vox_model_open(&model, vox_dense_image.bytes, VOX_DENSE_SIZE) < 0;
}
"""
PROJECT = """cmake_minimum_required(VERSION 3.21)
project(other LANGUAGES C CXX)
{find}
set(models conv/vox_conv.c dense/vox_dense.c)
add_executable(in_c main.c ${{models}})
add_executable(in_cpp main.cpp ${{models}})
foreach(program in_c in_cpp)
  target_include_directories(${{program}} PRIVATE conv dense)
endforeach()
target_link_libraries(in_c PRIVATE vox::vox)
target_link_libraries(in_cpp PRIVATE vox::vox)
target_compile_options(in_c PRIVATE -std=c99 -pedantic -Wall -Wextra -Werror)
target_compile_options(in_cpp PRIVATE -pedantic -Wall -Wextra -Werror $<$<COMPILE_LANGUAGE:CXX>:-std=c++11>)
"""


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("way", ["find_package", "fetch_content"])
def test_another_project_takes_the_library(way: str, tmp_path: Path) -> None:
    """With the files of two exported models, which want a library of their version."""
    if way == "find_package":
        build = tmp_path / "library"
        _run("cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DVOX_LIBRARY_ONLY=ON")
        _run("cmake", "--build", build)
        _run("cmake", "--install", build, "--prefix", tmp_path / "place")
        find = f"find_package(vox {__version__} REQUIRED)"
    else:
        declared = f"FetchContent_Declare(vox SOURCE_DIR {ROOT})"
        find = f"include(FetchContent)\n{declared}\nFetchContent_MakeAvailable(vox)"
    project = tmp_path / "project"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(PROJECT.format(find=find))
    for kind in ("conv", "dense"):
        export_model(C99(), ExportModel(tiny_model(kind), kind), project / kind)
    for name in ("main.c", "main.cpp"):
        (project / name).write_text(PROGRAM)
    out = project / "out"
    _run("cmake", "-S", project, "-B", out, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={tmp_path / 'place'}")
    _run("cmake", "--build", out)
    _run(out / "in_c")
    _run(out / "in_cpp")


def test_cmake_says_the_release() -> None:
    text = (ROOT / "CMakeLists.txt").read_text()
    found = re.search(r"project\(vox_embed VERSION (\S+)", text)
    assert found is not None
    assert found[1] == __version__
