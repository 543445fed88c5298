"""The library in one file gives what the folder gives, and compiles wherever the folder does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from helpers.c_program import object_of
from helpers.tiny_model import CLIPS, clip, tiny_model, tiny_network
from vox_embed.core import Model
from vox_embed.experiment.sources import firmware_root
from vox_embed.export import ExportModel, export_model, find_target
from vox_embed.export.amalgamation import amalgamated
from vox_embed.export.c_sources import kernels_unit, library_sources
from vox_embed.spec.model_format import FrontendKind, OpCode

STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
COMPILERS = {
    "gcc": ["gcc", "-O2"],
    "clang": ["clang", "-O1"],
    "m0": ["arm-none-eabi-gcc", "-mcpu=cortex-m0plus", "-mthumb", "-O2"],
    "m4": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-O2"],
    "m55": ["arm-none-eabi-gcc", "-mcpu=cortex-m55", "-mthumb", "-O2"],
    "riscv": ["riscv64-unknown-elf-gcc", "--specs=picolibc.specs", "-march=rv32imac", "-mabi=ilp32", "-O2"],
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All kernels and front ends that the library has, in one file."""
    root = firmware_root()
    text = (root / "firmware" / "vox" / "src" / "program" / "kernels.c").read_text()
    codes = [code for code in OpCode if f"vox_kernel_{code.name.lower()};" in text]
    assert len(codes) > 30
    entry = '#include "vox/vox.h"\n'
    library = library_sources(root, codes, entry, list(FrontendKind))
    folder = tmp_path_factory.mktemp("everything")
    for name, data in amalgamated(library.files, kernels_unit(library.kernels, library.frontends)).items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("core", sorted(COMPILERS))
def test_everything_compiles_strictly(core: str, everything: Path, full: bool) -> None:
    command = COMPILERS[core]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    if full:
        object_of([*command, *STRICT, "-I."], everything / "vox.c", everything)
        return
    looked_at = [*command[:1], *(flag for flag in command[1:] if not flag.startswith("-O")), *STRICT]
    checked = [*looked_at, "-fsyntax-only", "vox.c"]
    done = subprocess.run(checked, cwd=everything, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


WINDOWS_STRING_H = """#pragma once
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *one, const void *other, size_t count);
size_t strlen(const char *text);
"""
"""What the library takes of <string.h>; Microsoft's own is not here."""


@pytest.mark.parametrize("language", ["/TC", "/TP"])
def test_clang_cl_takes_it_for_windows(language: str, everything: Path, tmp_path: Path) -> None:
    """/TC: the library as C. /TP: its header as C++."""
    if shutil.which("clang") is None:
        pytest.skip("clang is not installed")
    (tmp_path / "string.h").write_text(WINDOWS_STRING_H)
    (tmp_path / "user.cpp").write_text('#include "vox.h"\n')
    source = everything / "vox.c" if language == "/TC" else tmp_path / "user.cpp"
    command = ["clang", "--driver-mode=cl", "--target=x86_64-pc-windows-msvc", language, "/Zs", "/W4", "/WX"]
    command += [f"/I{tmp_path}", f"/I{everything}", "--", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


def test_the_header_is_valid_cpp(everything: Path) -> None:
    for compiler in ("g++", "clang++"):
        if shutil.which(compiler) is None:
            continue
        command = [
            compiler,
            "-std=c++11",
            "-pedantic",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-fsyntax-only",
            "-x",
            "c++",
            "-",
        ]
        text = (
            '#include "vox.h"\n#include "vox.h"\nint main() { vox_model model; return sizeof model == 0; }\n'
        )
        done = subprocess.run(
            command, input=text, cwd=everything, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def _made(target: str, data: bytes, folder: Path) -> Path:
    export_model(find_target(target), ExportModel(data, "tiny"), folder)
    done = subprocess.run(
        ["make", "-s", "-j2", "CFLAGS=-O0"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_same_results_as_the_folder(tmp_path: Path) -> None:
    import wave

    data = tiny_model("every_op")
    programs = [_made(target, data, tmp_path / target) / "classify" for target in ("c99", "amalgamated")]
    for name in CLIPS:
        path = tmp_path / "clip.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, Model(data).sample_rate, 0, "NONE", ""))
            file.writeframes(clip(name, 2.0).astype("<i2").tobytes())
        one, two = (
            subprocess.run([p, "--raw", path], capture_output=True, check=True).stdout for p in programs
        )
        assert one == two
        assert one.count(b"window") > 3


def test_a_bare_network(tmp_path: Path) -> None:
    data = tiny_network("conv")
    program = _made("amalgamated", data, tmp_path / "net") / "infer"
    rows = np.random.default_rng(3).integers(-128, 128, (20, 24 * 16), dtype=np.int8)
    done = subprocess.run([program, "-"], input=rows.tobytes(), capture_output=True, check=True)
    got = [[int(value) for value in line.split()] for line in done.stdout.splitlines()]
    np.testing.assert_array_equal(got, Model(data).run(rows))
