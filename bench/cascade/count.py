"""What a cascade costs on an emulated core, instruction by instruction: awake, and over silence.

python bench/cascade/count.py models/digits_stream models/digits --core m4
python bench/cascade/count.py models/commands --level-dbfs -50

The models in the order of `vox-embed cascade`, on the same front end. Heard are sound and silence, each a
while, by the cascade and by each stage alone and always awake, in one image. What the front end alone takes
is counted, too; the stages' own costs are what is above it. Needs arm-none-eabi-gcc and qemu-system-arm.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Listener, Model
from vox_embed.device.measure.bench import frontend_case, listener_case, run_cases, voice
from vox_embed.device.measure.machine import emulated_cores
from vox_embed.experiment.results import find
from vox_embed.program.cascade import Stage, build_cascade, level_of, stages_of
from vox_embed.program.opened import read_vxm
from vox_embed.program.vxm import Thresholds, read_sections, with_thresholds, write_container
from vox_embed.spec.model_format import DecisionParams, SectionTag

CORES = emulated_cores()


@dataclass(frozen=True)
class Counted:
    """Instructions of a stretch of sound."""

    cascade: int
    alone: list[int]
    """Each stage, always awake."""
    front_end: int
    gated: float
    """Share of the last stage's windows that it slept through."""

    @property
    def once(self) -> int:
        """The stages' sum with one front end."""
        return sum(self.alone) - (len(self.alone) - 1) * self.front_end

    @property
    def last_of_always_on(self) -> float:
        """The cascade over its last stage alone and always awake."""
        return self.cascade / self.alone[0]


def count(cascade: bytes, sound: NDArray[np.int16], core: str) -> Counted:
    """sound: heard once, as far as whole windows go."""
    stages = [stage.data for stage in stages_of(cascade)]
    heard = [Listener(Model(data)).push(sound) for data in (cascade, *stages)]
    ends = min(len(h.window_frames) for h in heard)
    windows = [int((h.window_frames <= heard[0].window_frames[ends - 1]).sum()) for h in heard]
    cases = [listener_case(d, sound, n) for d, n in zip((cascade, *stages), windows, strict=True)]
    cases.append(frontend_case(read_sections(cascade)[SectionTag.FRONTEND], sound))
    printed = run_cases(CORES[core], cases)
    frames = int(heard[0].window_frames[ends - 1])
    sums = [
        sum(printed.counts(i, "frame_ticks")) + sum(printed.counts(i, "window_ticks"))
        for i in range(len(cases) - 1)
    ]
    front_end = sum(printed.counts(len(cases) - 1, "frame_ticks")[1:frames])  # as of listeners: not the first
    for i, h in enumerate(heard):
        said = np.array(printed.cases[i]["posterior"]).reshape(windows[i], -1)
        np.testing.assert_array_equal(said, h.posteriors[: windows[i]])
    return Counted(sums[0], sums[1:], front_end, float(np.mean(heard[0].gated[: windows[0]])))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--core", choices=CORES, default="m4")
    parser.add_argument("--level-dbfs", type=float)
    parser.add_argument("--seconds", type=float, default=4.0, help="of sound, and of silence")
    parser.add_argument("--hold", type=int, default=25, help="frames")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    files = [find(path).need_model() for path in args.models]
    stages = [
        Stage(str(p), _without_gate(read_vxm(path)), args.hold)
        for p, path in zip(args.models, files, strict=True)
    ]
    level = 0 if args.level_dbfs is None else level_of(stages[0], args.level_dbfs)
    model = Model(stages[0].data)
    count_of_samples = int(args.seconds * model.sample_rate)
    quiet = np.random.default_rng(2).normal(0, 3, count_of_samples).round().astype(np.int16)
    found = {}
    # Awake: whatever is heard wakes the next stage, so that all of them run all the time.
    awake = [Stage(s.name, _always_on(s.data), s.hold) for s in stages]
    for name, cascade, sound in (
        ("awake", build_cascade(awake, 1 if level else 0), voice(model.sample_rate, count_of_samples)),
        ("silence", build_cascade(stages, level), quiet),
    ):
        counted = count(cascade, sound, args.core)
        found[name] = {
            "cascade": counted.cascade,
            "stages": counted.alone,
            "front_end": counted.front_end,
            "over_one_front_end": round(counted.cascade / counted.once - 1, 5) if name == "awake" else None,
            "of_last_always_on": round(counted.last_of_always_on, 4),
            "slept": round(counted.gated, 3),
        }
        if not args.json:
            print(
                f"{name}: {counted.cascade:,} instructions in {args.seconds:g} s, "
                f"{100 * counted.last_of_always_on:.1f} % of the last stage always awake, which slept "
                f"{100 * counted.gated:.0f} % of its windows; stages alone {counted.alone}, front end "
                f"{counted.front_end:,}"
            )
            if name == "awake":
                over = 100 * (counted.cascade / counted.once - 1)
                print(f"       {over:+.2f} % over the sum of the stages with one front end")
    if args.json:
        print(json.dumps(found))


def _always_on(data: bytes) -> bytes:
    """A first event that never ends."""
    return with_thresholds(data, Thresholds(0, 0, frozenset()))


def _without_gate(data: bytes) -> bytes:
    """The models' own gates would hold silence back, too."""
    sections = read_sections(data)
    decision = bytearray(sections[SectionTag.DECISION])
    params = replace(DecisionParams.unpack(decision), gate_level=0)
    decision[: DecisionParams.SIZE] = params.pack()
    return write_container({**sections, SectionTag.DECISION: bytes(decision)})


if __name__ == "__main__":
    main()
