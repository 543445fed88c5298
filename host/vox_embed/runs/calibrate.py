"""The operating point of a model, chosen on development audio and written into it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.field.conditions import PLAIN, Surroundings
from vox_embed.field.intervals import hours_to_claim
from vox_embed.field.listen import listen
from vox_embed.field.operating import Audio, Operating, Wanted, choose
from vox_embed.field.posteriors import Clock, Store, window_of
from vox_embed.field.reliability import Fit, fit_temperature
from vox_embed.field.sources import Source
from vox_embed.field.streams import apart, strung
from vox_embed.field.sweep import Played
from vox_embed.gate.files import check_output, write_atomic
from vox_embed.program.temperature import with_temperature
from vox_embed.program.vxm import Decision, read_sections, write_container
from vox_embed.report.field_plots import reliability_png
from vox_embed.runs.reporter import Quiet, Reporter
from vox_embed.spec.model_format import SectionTag

_PLOT, _POINT = ".reliability.png", ".operating.json"


@dataclass(frozen=True)
class Calibrated:
    """A model at its operating point, and how it came to that."""

    vxm: bytes
    operating: Operating
    fit: Fit | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it, and operating.json holds it."""
        d = self.operating.decision
        return {
            "smoothing": {"stream": d.stream, "history": d.history, "alpha": d.alpha},
            "temperature": None if self.fit is None else self.fit.temperature,
            "labels": {
                one.label: {
                    "threshold_on": one.rule.threshold_on,
                    "threshold_off": one.rule.threshold_off,
                    "refractory_frames": one.rule.refractory,
                    "windows": one.rule.windows,
                    "words": one.words,
                    "missed": one.missed,
                    "miss_interval": list(one.miss_interval),
                    "false_accepts": one.false_accepts,
                    "hours": one.hours,
                    "fa_per_hour": one.false_accepts / one.hours if one.hours else None,
                    "fa_interval": list(one.fa_interval) if one.hours else None,
                }
                for one in self.operating.labels
            },
            "notes": list(self.notes),
        }


def calibrate(
    data: bytes,
    positives: Source,
    negatives: Source,
    wanted: Wanted,
    *,
    temperature: bool = True,
    jobs: int | None = None,
    store: Store | None = None,
    reporter: Reporter | None = None,
) -> Calibrated:
    """Settings of each label for a wanted rate of false accepts or misses, in a new .vxm. Raises VoxError."""
    log = reporter or Quiet()
    model = Model(data)
    labels = tuple(model.labels)
    decision = Decision.from_section(read_sections(data)[SectionTag.DECISION])
    window = window_of(data)[0] * model.hop / model.sample_rate
    streams = [*apart(positives.recordings, PLAIN, window), *strung(negatives.recordings)]
    fit = None
    if temperature:
        with log.task("Fitting the temperature", "") as advance:
            background = [labels[i] for i in decision.background]
            fit = fit_temperature(data, streams, labels, background, store, jobs, advance)
        data = with_temperature(data, fit.temperature)
    with log.task("Listening", "s") as advance:
        heard = listen(data, streams, Surroundings(), store=store, jobs=jobs, progress=advance)
    played = [Played(stream, one) for stream, one in zip(streams, heard, strict=True)]
    with log.task("Choosing settings", "") as advance:
        operating = choose(Audio(played, Clock.of(model), labels), decision, wanted, advance)
    return Calibrated(
        _with_decision(data, operating.decision),
        operating,
        fit,
        (*positives.notes, *negatives.notes, *_warnings(operating, wanted)),
    )


def check_calibrated(path: Path) -> None:
    """Refuses a place that `write_calibrated` could not write to. VoxError; OSError of the system."""
    if path.suffix != ".vxm":
        raise VoxError(f"--out {path}: a model's file ends with .vxm", f"--out {path / 'model.vxm'}")
    for one in (path, path.with_suffix(_PLOT), path.with_suffix(_POINT)):
        check_output(one)


def write_calibrated(path: Path, made: Calibrated) -> None:
    """The .vxm, and beside it operating.json and the reliability plot; each whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if made.fit is not None:
        plot = reliability_png(made.fit.before, made.fit.after)
        write_atomic(path.with_suffix(_PLOT), plot)
    write_atomic(path.with_suffix(_POINT), json.dumps(made.to_dict(), indent=1) + "\n")
    write_atomic(path, made.vxm)


def _with_decision(data: bytes, decision: Decision) -> bytes:
    """The model with these settings. Those that hold for all labels, which older firmware reads, become the
    strictest of
    the labels' own."""
    from dataclasses import replace

    fires = [rule for i, rule in enumerate(decision.rules) if i not in decision.background]
    strictest = max(fires, key=lambda rule: rule.threshold_on)
    common = replace(
        decision,
        threshold_on=strictest.threshold_on,
        threshold_off=strictest.threshold_off,
        refractory=max(rule.refractory for rule in fires),
    )
    made = write_container({**read_sections(data), SectionTag.DECISION: common.section()})
    try:
        Model(made)
    except ValueError as error:
        raise VoxError(f"the model does not take these settings: {error.args[1]}") from None
    return made


def _warnings(operating: Operating, wanted: Wanted) -> tuple[str, ...]:
    found = []
    hours = operating.labels[0].hours
    if wanted.fa_per_hour is not None and hours < hours_to_claim(wanted.fa_per_hour):
        need = hours_to_claim(wanted.fa_per_hour)
        found.append(
            f"{hours:.2f} h of negatives are few for {wanted.fa_per_hour:g} false accepts an hour: "
            f"{need:.0f} h without one would show it; below that, the claim is the interval"
        )
    for one in operating.labels:
        if wanted.miss_rate is not None and one.missed > wanted.miss_rate * one.words:
            found.append(f"`{one.label}`: no threshold misses as few as {wanted.miss_rate:g}")
    return tuple(found)
