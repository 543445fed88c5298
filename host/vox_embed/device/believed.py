"""What a device may say: every value against its range, and against what the device said of itself.

A frame that reaches this point had a sound checksum, so a value out of range is no accident of the line.
"""

from __future__ import annotations

from vox_embed.core import LABEL_SILENCE
from vox_embed.device.messages import (
    Clip,
    Features,
    Hello,
    Label,
    MalformedError,
    Message,
    NumberedEvent,
    Result,
)
from vox_embed.gate.text import UnfitTextError, admit
from vox_embed.spec.link import FEATURES_CHUNK, LINK_VERSION
from vox_embed.spec.model_format import MAX_BANDS, MAX_LABEL_BYTES, MAX_LABELS, MAX_LONG_FRAMES, EventKind

ONE = 32768
"""Of scores and posteriors, Q15."""
_MAX_RATE = 768_000


def check_hello(hello: Hello) -> None:
    """Raises MalformedError for a device that cannot be as it says."""
    if hello.protocol != LINK_VERSION:
        raise MalformedError(f"HELLO: protocol {hello.protocol}")
    if not hello.tick_rate:
        raise MalformedError("HELLO: a counter of 0 Hz")
    lowest = 1 if hello.model_status == 0 else 0
    for what, value, most in (
        ("sample_rate", hello.sample_rate, _MAX_RATE),
        ("window", hello.window, 0xFFFF),
        ("hop", hello.hop, 0xFFFF),
        ("bands", hello.bands, MAX_BANDS),
        ("window_frames", hello.window_frames, MAX_LONG_FRAMES),
        ("stride_frames", hello.stride_frames, MAX_LONG_FRAMES),
        ("label_count", hello.label_count, MAX_LABELS),
    ):
        _check_range(f"HELLO: {what}", value, lowest, most)


def check_message(message: Message, hello: Hello) -> None:
    """Raises MalformedError for a report that a device with this HELLO cannot make."""
    labels = hello.label_count
    match message:
        case Hello():
            check_hello(message)
        case Label():
            _check_range("LABEL: index", message.index, 0, labels - 1)
            try:
                admit(message.text, MAX_LABEL_BYTES)
            except UnfitTextError as error:
                raise MalformedError(f"LABEL: its text {error}") from None
        case Result():
            _check_range("RESULT: label", message.label, LABEL_SILENCE, labels - 1)
            _check_range("RESULT: score", message.score, 0, ONE)
            _check_scores("RESULT", message.posteriors.tolist(), labels)
        case NumberedEvent():
            _check_range("EVENT: label", message.event.label, 0, labels - 1)
            _check_range("EVENT: score", message.event.score, 0, ONE)
            if message.event.kind not in tuple(EventKind):
                raise MalformedError(f"EVENT: kind {message.event.kind}")
        case Features():
            last = message.first_band + len(message.values)
            if message.first_band % FEATURES_CHUNK or not message.first_band < last <= hello.bands:
                raise MalformedError(f"FEATURES: {message.first_band} to {last} of {hello.bands} values")
        case Clip():
            _check_range("CLIP: label", message.label, LABEL_SILENCE, labels - 1)
            _check_range("CLIP: score", message.score, 0, ONE)
            _check_scores("CLIP", message.scores.tolist(), labels)
        case _:
            pass


def most_frames(samples: int, hello: Hello) -> int:
    """Feature frames that a clip of so many samples can have, the silence behind it included."""
    return samples // max(1, hello.hop) + hello.window_frames + hello.stride_frames + 1


def check_clip(clip: Clip, samples: int, hello: Hello) -> None:
    """Raises MalformedError for the end of a clip that was not sent: what it counts is waited for."""
    if clip.samples != samples:
        raise MalformedError(f"CLIP: {clip.samples} samples, {samples} were sent")
    frames = most_frames(samples, hello)
    _check_range("CLIP: frames", clip.frames, 0, frames)
    _check_range("CLIP: windows", clip.windows, 0, clip.frames + 1)
    _check_range("CLIP: events", clip.events, 0, 2 * clip.windows * max(1, hello.label_count))


def _check_range(what: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise MalformedError(f"{what} is {value}, not {lowest} to {highest}")


def _check_scores(what: str, scores: list[int], labels: int) -> None:
    if len(scores) != labels:
        raise MalformedError(f"{what}: {len(scores)} scores for {labels} labels")
    _check_range(f"{what}: a score", max(scores, default=0), 0, ONE)
