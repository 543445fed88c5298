"""Real recordings: what is learned from, and what is held out to choose by."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vox_embed.data.audio import read_audio
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Wakeword
from vox_embed.field.intervals import hours_to_claim
from vox_embed.field.sources import Recording, Source, read_negatives, read_positives


@dataclass(frozen=True)
class Divided:
    """Recordings to learn from, and held-out ones: of other speakers where those are known, else of other
    files, else of another time."""

    learned: Source
    held: Source


def real_negatives(settings: Wakeword, note: Callable[[str], None]) -> Divided | None:
    """None where none are given; what has to be known of them is noted. Raises VoxError."""
    if settings.negatives is None:
        note(
            "warning: no negatives are given: the detector learns what not to fire on from synthetic talk "
            "and noise alone, and how often it fires among real people is unknown; give it hours of speech"
        )
        return None
    source = read_negatives(settings.negatives, settings.phrases, settings.where)
    for text in source.notes:
        note(f"note: {text}")
    parts = _divided(source, settings.training.held_out)
    need, hours = hours_to_claim(settings.fa_per_hour), parts.held.hours
    if hours < need:
        note(
            f"warning: {source.hours:.2f} h of negatives, {hours:.2f} h of them held out, are few for "
            f"{settings.fa_per_hour:g} false accepts an hour: {need:.0f} h without one would show it"
        )
    return parts


def real_positives(settings: Wakeword, note: Callable[[str], None]) -> Divided | None:
    """None where none are given. Recordings without sound are left out and named. Raises VoxError."""
    if settings.positives is None:
        return None
    where = settings.where
    try:
        source = read_positives(settings.positives, settings.phrases, where)
    except VoxError as error:
        if not (where and error.message.startswith("--where")):
            raise
        source = read_positives(settings.positives, settings.phrases, None)
        note(f"note: positives: all rows are taken: {error.message}")
    for text in source.notes:
        note(f"note: {text}")
    sounding = []
    for one in source.recordings:
        sound = read_audio(one.file, settings.sample_rate, one.start, one.start + one.duration)
        if abs(sound.astype(int)).max(initial=0) < 16:
            note(f"note: positives: {one.file.name} is left out: it holds no sound")
        else:
            sounding.append(one)
    if not any(one.occurrences for one in sounding):
        raise VoxError(
            f"{settings.positives}: no recording of a phrase is left", "leave --positives out, or mend them"
        )
    return _divided(Source(tuple(sounding)), settings.training.held_out)


def _divided(source: Source, share: float) -> Divided:
    groups: dict[str, list[Recording]] = {}
    for one in source.recordings:
        groups.setdefault(_whose(one), []).append(one)
    if len(groups) == 1:
        return _in_time(source.recordings, share)
    order = sorted(groups, key=lambda name: (zlib.crc32(name.encode()), name))
    wanted = share * sum(one.duration for one in source.recordings)
    held: set[str] = set()
    reached = 0.0
    for name in order[:-1]:
        length = sum(one.duration for one in groups[name])
        if not held or reached + length / 2 <= wanted:
            held.add(name)
            reached += length
    return Divided(
        Source(tuple(one for one in source.recordings if _whose(one) not in held)),
        Source(tuple(one for one in source.recordings if _whose(one) in held)),
    )


def _whose(one: Recording) -> str:
    speaker = one.groups.get("speaker", "")
    return f"{one.groups.get('database', '')}:{speaker}" if speaker else str(one.file)


def _in_time(recordings: Sequence[Recording], share: float) -> Divided:
    """Of a single speaker or file: whole recordings, or the end of the only one."""
    if len(recordings) > 1:
        count = min(len(recordings) - 1, max(1, round(share * len(recordings))))
        return Divided(Source(tuple(recordings[:-count])), Source(tuple(recordings[-count:])))
    one = recordings[0]
    if one.occurrences:
        return Divided(Source((one,)), Source((one,)))
    learned = (1 - share) * one.duration
    return Divided(
        Source((replace(one, duration=learned),)),
        Source((replace(one, start=one.start + learned, duration=one.duration - learned),)),
    )
