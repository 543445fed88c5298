"""Which library files a model needs, on a small tree of sources laid out as firmware/vox."""

from __future__ import annotations

from pathlib import Path

import pytest

from vox_embed.experiment import sources
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.sources import firmware_root
from vox_embed.export.c_sources import kernels_unit, library_sources
from vox_embed.spec.model_format import FrontendKind, OpCode

TREE = {
    "include/vox/model_format.h": "",
    "include/vox/nn.h": '#include "vox/model_format.h"\n',
    "include/vox/link.h": "",
    "include/vox/listener.h": '#include "vox/nn.h"\n',
    "src/link/encode.c": '#include "vox/link.h"\n',
    "src/listener/listener.c": '#include "vox/listener.h"\n  #  include "listener/inner.h"\n',
    "src/listener/inner.h": "",
    "src/program/kernels.c": '#include "nn/ops.h"\n',
    "src/nn/ops.h": "",
    "src/program/program.c": '#include "vox/nn.h"\n#include "nn/ops.h"\n',
    "src/nn/a.c": "\n".join(
        [
            '#include "nn/ops.h"',
            '#include "nn/shared.h"',
            "const vox_kernel vox_kernel_conv_2d = {c, r};",
        ]
    ),
    "src/nn/b.c": '#include "nn/dsp.h"\n'
    "const vox_kernel vox_kernel_depthwise_2d = {\n    check,\n    run,\n};\n",
    "src/nn/shared.c": '#include "nn/shared.h"\n#include "nn/deeper.h"\n',
    "src/nn/shared.h": "",
    "src/nn/deeper.c": '#include "nn/deeper.h"\n',
    "src/nn/deeper.h": "",
    "src/nn/dsp.h": "",
    "src/frontend/kinds.c": '#include "frontend/kind.h"\n',
    "src/frontend/kind.h": "",
    "src/frontend/p.c": "const vox_frontend_kind vox_frontend_logmel = {f};",
    "src/frontend/q.c": '#include "frontend/cepstrum.h"\n'
    "const vox_frontend_kind vox_frontend_descriptors = {f};",
    "src/frontend/cepstrum.c": '#include "frontend/cepstrum.h"\n',
    "src/frontend/cepstrum.h": "",
    "src/nn/unused.c": '#include "nn/unused.h"\n',
    "src/nn/unused.h": "",
    "include/vox/listener_many.h": "",
    "src/listener/many.c": '#include "vox/listener_many.h"\n',
}
ALWAYS = {
    "include/vox/model_format.h",
    "include/vox/nn.h",
    "include/vox/listener.h",
    "src/listener/listener.c",
    "src/listener/inner.h",
    "src/nn/ops.h",
    "src/program/program.c",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in TREE.items():
        place = tmp_path / "firmware" / "vox" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return tmp_path


def test_kernels_bring_their_helpers_and_theirs(root: Path) -> None:
    found = library_sources(root, [1], '#include "vox/listener.h"\n#include <stdio.h>\n#include "own.h"\n')
    helpers = {"shared.c", "shared.h", "deeper.c", "deeper.h", "a.c"}
    assert set(found.files) == ALWAYS | {f"src/nn/{name}" for name in helpers}
    assert found.kernels == (OpCode.CONV_2D,)
    assert found.units == (
        "src/listener/listener.c",
        *(f"src/nn/{n}.c" for n in ("a", "deeper", "shared")),
        "src/program/program.c",
    )


def test_a_front_end_brings_its_own_and_leaves_the_other_out(root: Path) -> None:
    found = library_sources(root, [2], "", [2])
    own = {"src/frontend/q.c", "src/frontend/cepstrum.c", "src/frontend/cepstrum.h"}
    assert set(found.files) == ALWAYS | {"src/nn/b.c", "src/nn/dsp.h"} | own
    assert found.frontends == (FrontendKind.DESCRIPTORS,)
    assert "src/frontend/p.c" in library_sources(root, [2], "", [1]).files
    text = kernels_unit(found.kernels, found.frontends)
    assert "    [VOX_FRONTEND_DESCRIPTORS] = &vox_frontend_descriptors," in text
    with pytest.raises(VoxError, match="no front end of kind 3"):
        library_sources(root, [2], "", [3])


def test_another_kernel_leaves_those_helpers_out(root: Path) -> None:
    found = library_sources(root, [2, 2], "")
    assert set(found.files) == ALWAYS | {"src/nn/b.c", "src/nn/dsp.h"}
    assert found.kernels == (OpCode.DEPTHWISE_2D,)


def test_public_extra_comes_when_asked_for(root: Path) -> None:
    found = library_sources(root, [1], '#include "vox/listener_many.h"')
    assert {"include/vox/listener_many.h", "src/listener/many.c"} <= set(found.files)


def test_link_comes_only_as_a_header_that_is_asked_for(root: Path) -> None:
    found = library_sources(root, [1, 2], '#include "vox/link.h"')
    assert "include/vox/link.h" in found.files
    assert "src/link/encode.c" not in found.files


@pytest.mark.parametrize("code", [OpCode.DENSE, 300])
def test_missing_kernel_is_named(root: Path, code: int) -> None:
    with pytest.raises(VoxError, match=f"op code {int(code)} "):
        library_sources(root, [1, code], "")


def test_the_table_of_kernels_is_by_code() -> None:
    text = kernels_unit([OpCode.ADD, OpCode.CONV_2D])
    rows = ["    [VOX_OP_CONV_2D] = &vox_kernel_conv_2d,", "    [VOX_OP_ADD] = &vox_kernel_add,"]
    assert [line for line in text.splitlines() if line.startswith("    [")] == rows
    assert "vox_kernel_count = sizeof vox_kernels / sizeof vox_kernels[0];" in text


def test_a_program_without_operators_has_a_table_too() -> None:
    assert "vox_kernels[] = {\n    NULL,\n};" in kernels_unit([])


def test_firmware_root_inside_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "vox_embed"
    monkeypatch.setattr(sources, "__file__", str(package / "export" / "sources.py"))
    with pytest.raises(VoxError, match="firmware sources are missing"):
        firmware_root()
    header = package / "_firmware" / "firmware" / "vox" / "include" / "vox" / "vox.h"
    header.parent.mkdir(parents=True)
    header.touch()
    assert firmware_root() == package / "_firmware"


def test_firmware_root_has_what_exports_copy() -> None:
    root = firmware_root()
    for path in (
        "LICENSE",
        "CMakeLists.txt",
        "firmware/vox/include/vox/vox.h",
        "firmware/CMakeLists.txt",
        "boards",
    ):
        assert (root / path).exists(), path
