"""Makes the seeds of the corpus:  python tests/fuzz/make_corpus.py

Small models of every kind, and link streams: good frames, cut, doubled and flipped ones. What the fuzzers
find to be new while they run is not kept, so that the repository stays small; what breaks something is added
here by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from helpers import classic_program, random_program, wide_program  # noqa: E402
from helpers.tiny_model import DESCRIPTORS, KINDS, LABELS, tiny_model, tiny_network  # noqa: E402
from vox_embed.core import link_encode  # noqa: E402
from vox_embed.features.logmel import LogMel  # noqa: E402
from vox_embed.features.micro import Micro  # noqa: E402
from vox_embed.features.running import RunningMean  # noqa: E402
from vox_embed.models.classic import CLASSIC  # noqa: E402
from vox_embed.program.build import build_network  # noqa: E402
from vox_embed.program.cascade import Stage, build_cascade  # noqa: E402
from vox_embed.program.classic import lower  # noqa: E402
from vox_embed.program.classic.tags import side_by_side  # noqa: E402
from vox_embed.program.program import Program  # noqa: E402
from vox_embed.program.vxm import Rule  # noqa: E402
from vox_embed.spec.model_format import FUNCTIONALS  # noqa: E402

SMALL = LogMel(sample_rate=8000, window=64, hop=32, fft_size=64, bands=4, fmin=300.0, fmax=3800.0)


def models() -> dict[str, bytes]:
    made = {f"{kind}.vxm": tiny_model(kind) for kind in KINDS}
    made |= {f"network_{kind}.vxm": tiny_network(kind) for kind in KINDS}
    made |= {
        f"classic_{kind}.vxm": build_network(classic_program.single(kind, 3), {})
        for kind in classic_program.KINDS
    }
    made |= {
        f"{kind}.vxm": build_network(random_program.single(kind, 3), {})
        for kind in ("plane", "plane_over", "plane_in_time", "pointwise_over")
    }
    made |= {f"{kind}.vxm": build_network(wide_program.single(kind, 1), {}) for kind in wide_program.KINDS}
    made["running.vxm"] = tiny_model(
        "dense", features=SMALL, running=RunningMean(np.full(4, 4000, np.int16), 3)
    )
    stage = tiny_model("dense", features=SMALL, gate_level=0)
    made["cascade.vxm"] = build_cascade([Stage("first", stage), Stage("last", stage, 5)])
    made["level.vxm"] = build_cascade([Stage("last", stage, 5)], level=3000)
    made["descriptors.vxm"] = tiny_model("dense", features=DESCRIPTORS)
    made["micro.vxm"] = tiny_model("dense", features=Micro())
    for stream in ("mean", "majority", "exponential"):
        made[f"small_{stream}.vxm"] = tiny_model(
            "dense", features=SMALL, stream=stream, clip="majority", threshold_on=0.3, threshold_off=0.2
        )
    made["tags.vxm"] = tiny_model(
        "dense",
        features=SMALL,
        rules=(Rule(0.3, 0.2, 4, 2),) * len(LABELS),
        tags=True,
        background=frozenset(),
    )
    made["side_by_side.vxm"] = build_network(_tags(), {})
    made["functionals.vxm"] = tiny_model(
        features=SMALL, functionals=tuple(FUNCTIONALS)[:13], window=16, stride=3
    )
    made["clip.vxm"] = tiny_model(features=SMALL, functionals=("mean", "p80"), window=1000, stride=1000)
    return made


def _tags() -> Program:
    """Models of tags side by side: CONCAT and VIEW of 16-bit values."""
    random = np.random.default_rng(5)
    values = random.integers(-2000, 2000, (60, 4)).astype(np.int16)
    parts = [CLASSIC["tree"](depth=3).fit(values, (values[:, i] > 0).astype(int)) for i in range(3)]
    return side_by_side([lower(part, values) for part in parts])


def streams() -> dict[str, bytes]:
    random = np.random.default_rng(7)
    payloads = [b"", b"\0", b"\0" * 240, random.bytes(240), bytes(range(1, 200)), LABELS[0].encode()]
    frames = [link_encode(i, 255 - i, payload) for i, payload in enumerate(payloads)]
    good = b"".join(frames)
    flipped = bytearray(good)
    flipped[20] ^= 0x40
    return {
        "good.bin": good,
        "cut.bin": good[:-3] + good,
        "doubled.bin": good[:10] + good,
        "flipped.bin": bytes(flipped),
        "long.bin": b"\xff" * 600 + b"\0" + good,
        "delimiters.bin": b"\0" * 5 + good + b"\0" * 5,
    }


def main() -> None:
    for folder, files in (("model", models()), ("link", streams())):
        out = HERE / "corpus" / folder
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (out / name).write_bytes(data)


if __name__ == "__main__":
    main()
