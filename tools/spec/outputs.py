"""What is made of which files."""

from __future__ import annotations

from dataclasses import dataclass

MODEL_FORMAT = (
    "container.toml",
    "frontend.toml",
    "descriptors.toml",
    "descriptor_params.toml",
    "functionals.toml",
    "normalisation.toml",
    "program.toml",
    "decision.toml",
    "signature.toml",
)
OPERATORS = ("operators.toml", "classic.toml", "trees.toml")
ORDER = ("status.toml", *MODEL_FORMAT, *OPERATORS, "link.toml")
"""In which they are read: constants and records stand before their use."""


@dataclass(frozen=True)
class Header:
    """A C header."""

    path: str
    """Below firmware/vox."""
    files: tuple[str, ...]
    includes: tuple[str, ...] = ()


HEADERS = (
    Header("include/vox/status.h", ("status.toml",)),
    Header("include/vox/model_format.h", MODEL_FORMAT),
    Header("include/vox/link_format.h", ("link.toml",)),
    Header("src/nn/ops.h", ("operators.toml",), ("vox/model_format.h",)),
    Header("src/classic/ops.h", ("classic.toml",), ("vox/model_format.h",)),
    Header("src/trees/ops.h", ("trees.toml",), ("vox/model_format.h",)),
)
STATUS_TEXT, NEEDS = "src/status/text.c", "src/functionals/needs.c"
DESCRIPTOR_SETS = "src/frontend/codes.h"
KERNELS, RESERVED = "src/program/kernels.c", "src/program/reserved.c"
FRONTENDS = "src/frontend/kinds.c"


@dataclass(frozen=True)
class SmallBuild:
    """A MicroPython module that leaves out operators and front ends from a code on."""

    path: str
    """Below the root."""
    about: str
    operators_end: int
    frontends_end: int


SMALL_BUILDS = (
    SmallBuild(
        "micropython/natmod/armv6m_lists.c",
        "Armv6-M's module: without what imported networks alone have, operators from 32 on and micro.",
        32,
        3,
    ),
    SmallBuild(
        "micropython/natmod/lite_lists.c", "The lite build: the kernels of networks, and log-mel.", 11, 2
    ),
)

PYTHON = {
    "status.py": ("Status codes (vox/status.h).", ("status.toml",)),
    "model_format.py": ("The .vxm file: codes, limits and records (vox/model_format.h).", MODEL_FORMAT),
    "operators.py": ("Op records of the PROG section.", OPERATORS),
    "link.py": ("The messages of the link (vox/link_format.h).", ("link.toml",)),
}
"""Modules of host/vox_embed/spec."""

MICROPYTHON = "micropython/lib/vox_link.py"
DOCUMENTS = ("docs/model-format.md", "docs/link-protocol.md")
