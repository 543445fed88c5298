"""Operating points: rules of single labels in the C decision, temperatures, and the search for settings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.tiny_model import LABELS, RATE, clip, tiny_model
from vox_embed.core import Decider, Listener, Model
from vox_embed.experiment.errors import VoxError
from vox_embed.field.operating import Audio, Wanted, choose
from vox_embed.field.posteriors import Clock, Posteriors
from vox_embed.field.sources import Occurrence, Recording
from vox_embed.field.streams import Stream
from vox_embed.field.sweep import Played
from vox_embed.program.temperature import temperature_of, with_temperature
from vox_embed.program.vxm import ONE_Q15, Decision, Rule, read_sections, write_container
from vox_embed.spec.model_format import SectionTag

RULES = (Rule(0.4, 0.3, 12, 2), Rule(0.25, 0.25, 30, 1), Rule(0.1, 0.0, 0, 1))


def reference(
    decision: Decision, smoothed: NDArray[np.uint16], frames: NDArray[np.uint32]
) -> list[tuple[int, int, int]]:
    """Events (frame, label, kind) of smoothed scores under rules, written once more."""
    events, active, until = [], None, 0
    held = [0] * decision.labels
    for scores, frame in zip(smoothed.tolist(), frames.tolist(), strict=True):
        on = [round(rule.threshold_on * ONE_Q15) for rule in decision.rules]
        off = [round(rule.threshold_off * ONE_Q15) for rule in decision.rules]
        if active is not None and scores[active] < off[active]:
            events.append((frame, active, 2))
            active = None
        held = [h + 1 if s >= t and s > 0 else 0 for h, s, t in zip(held, scores, on, strict=True)]
        fits = [
            c
            for c, rule in enumerate(decision.rules)
            if held[c] >= rule.windows and c not in decision.background
        ]
        if active is None and frame >= until and fits:
            active = max(fits, key=lambda c: (scores[c] - on[c], -c))
            events.append((frame, active, 1))
            until = frame + decision.rules[active].refractory
    return events


@pytest.mark.parametrize("seed", range(6))
def test_rules_of_single_labels(seed: int) -> None:
    random = np.random.default_rng(seed)
    windows = 400
    posteriors = random.dirichlet((0.4, 0.4, 1.5), windows)
    values = np.floor(posteriors * ONE_Q15).astype(np.uint16)
    frames = np.arange(24, 24 + 5 * windows, 5, dtype=np.uint32)
    decision = Decision(24, 5, 3, stream="mean", history=1, background=frozenset({2}), rules=RULES)
    heard = Decider(decision.section()).replay(frames, values, np.zeros(windows, np.uint8))
    found = list(zip(heard.frames.tolist(), heard.labels.tolist(), heard.kinds.tolist(), strict=True))
    assert len(found) > 40
    assert {label for _, label, _ in found} == {0, 1}
    assert found == reference(decision, values, frames)


def test_rules_survive_their_section_and_move_nothing_else() -> None:
    plain = Decision(24, 5, 3, background=frozenset({2}))
    ruled = Decision(24, 5, 3, background=frozenset({2}), rules=RULES)
    again = Decision.from_section(ruled.section())
    assert again.section() == ruled.section()
    assert again.rules[0].windows == 2
    assert ruled.section()[:28] == plain.section()[:28]
    assert Decision.from_section(plain.section()).rules == ()
    with pytest.raises(ValueError, match="2 rules for 3 labels"):
        Decision(24, 5, 3, rules=RULES[:2]).section()


@pytest.mark.parametrize(
    "rule", [Rule(0.4, 0.5, 1, 1), Rule(0.4, 0.3, 1, 0), Rule(0.4, 0.3, 1, 256), Rule(1.5, 0.3, 1, 1)]
)
def test_unsound_rules_are_refused(rule: Rule) -> None:
    decision = Decision(24, 5, 3, rules=(rule, *RULES[1:]))
    with pytest.raises(ValueError, match="decision"):
        Decider(decision.section())
    with pytest.raises(ValueError, match="decision"):
        Model(write_container({**read_sections(tiny_model()), SectionTag.DECISION: decision.section()}))
    section = Decision(24, 5, 3, rules=RULES).section()
    with pytest.raises(ValueError, match="decision"):
        Decider(section[:-2])


def test_a_listener_with_rules_does_what_their_replay_does() -> None:
    sections = read_sections(tiny_model())
    plain = Decision.from_section(sections[SectionTag.DECISION])
    rules = (Rule(0.35, 0.3, 20, 2), Rule(0.3, 0.2, 4, 1), Rule(1.0, 1.0, 0, 1))
    ruled = Decision(**{**plain.__dict__, "rules": rules})
    model = Model(write_container({**sections, SectionTag.DECISION: ruled.section()}))
    sound = np.concatenate([clip(kind, 2.0) for kind in ("tone", "noise", "chirp", "bursts", "tone")])
    heard = Listener(model).push(sound)
    again = Decider(ruled.section()).replay(heard.window_frames, heard.posteriors, heard.gated)
    assert len(heard.events) >= 3
    assert [e.frame for e in heard.events] == again.frames.tolist()
    listener = Listener(model)
    listener.push(sound[:9000])
    listener.reset()
    assert listener.push(sound).events == heard.events


# ---- temperature -----------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 3.7])
def test_a_temperature_divides_the_logits(temperature: float) -> None:
    data = tiny_model("conv")
    changed = with_temperature(data, temperature)
    assert temperature_of(changed) == temperature
    assert temperature_of(data) == 1.0
    assert abs(len(changed) - len(data)) < 1100
    inputs = np.random.default_rng(0).integers(-30, 30, (2000, 24 * 16)).astype(np.int8)
    before = (Model(data).run(inputs).astype(float) + 128) / 256
    after = (Model(changed).run(inputs).astype(float) + 128) / 256
    sure = (before > 0.03).all(axis=1)
    assert sure.sum() > 20
    wanted = before[sure] ** (1 / temperature)
    wanted /= wanted.sum(axis=1, keepdims=True)
    assert np.abs(after[sure] - wanted).max() < 0.04


def test_temperatures_come_back_to_the_same_bytes() -> None:
    data = tiny_model("conv")
    once = with_temperature(data, 1.0)
    assert with_temperature(with_temperature(once, 2.0), 1.0) == once
    assert len(read_sections(once)[SectionTag.WEIGHTS]) == len(read_sections(data)[SectionTag.WEIGHTS])
    with pytest.raises(ValueError, match="temperature"):
        with_temperature(data, 0.0)


# ---- the search ------------------------------------------------------------------------------------


def stream_of(peaks: list[tuple[float, float]], seconds: float, word: str | None) -> Played:
    """A minute of low posteriors of `yes` with peaks (second, height); a clip of `word`, or a negative."""
    frames = np.arange(24, int(seconds * 100), 5, dtype=np.uint32)
    yes = np.full(len(frames), 0.02)
    for at, height in peaks:
        yes[(frames >= 100 * at) & (frames < 100 * at + 20)] = height
    values = np.stack([yes, np.zeros(len(yes)), 1 - yes], axis=1)
    heard = Posteriors(
        frames, np.floor(values * ONE_Q15).astype(np.uint16), np.zeros(len(frames), np.uint8), float("nan")
    )
    words = (Occurrence(word, 0.0, seconds),) if word else ()
    return Played(Stream((Recording(Path("x.wav"), 0.0, seconds, words),)), heard)


def audio_of(heights: list[float], false: list[float]) -> Audio:
    """Words of these heights, and 72 s (1/50 h) with false accepts of those."""
    positives = [stream_of([(2.0, h)], 4.0, "yes") for h in heights]
    negatives = [stream_of([(10.0 * i + 5, h) for i, h in enumerate(false)], 72.0, None)]
    return Audio([*positives, *negatives], Clock(RATE, 80, 80), LABELS)


def test_the_threshold_lies_between_words_and_false_accepts() -> None:
    decision = Decision(24, 5, 3, background=frozenset({1, 2}))
    heights = [0.3, 0.9, 0.8, 0.7, 0.95, 0.85]
    found = choose(audio_of(heights, [0.5, 0.4, 0.45]), decision, Wanted(fa_per_hour=25))
    (yes,) = found.labels
    assert (yes.false_accepts, yes.missed, yes.words) == (0, 1, 6)
    assert found.decision.rules[0] == yes.rule
    assert yes.rule.threshold_off <= yes.rule.threshold_on
    (loose,) = choose(audio_of(heights, [0.5, 0.4, 0.45]), decision, Wanted(fa_per_hour=150)).labels
    assert loose.false_accepts <= 3
    assert loose.missed == 0
    (few,) = choose(audio_of(heights, [0.5, 0.4, 0.45]), decision, Wanted(miss_rate=0.2)).labels
    assert (few.false_accepts, few.missed) == (0, 1)


def test_words_below_the_background_can_be_heard() -> None:
    decision = Decision(24, 5, 3, background=frozenset({1, 2}))
    (yes,) = choose(audio_of([0.4, 0.35, 0.45], [0.1]), decision, Wanted(fa_per_hour=25)).labels
    assert (yes.missed, yes.false_accepts) == (0, 0)


def test_smoothing_is_no_longer_than_a_word() -> None:
    words = [stream_of([(2.0 + i / 5, h) for i in range(4)], 4.0, "yes") for h in (0.6, 0.65, 0.7)]
    talk = [stream_of([(10.0 * i + 5, 0.9) for i in range(6)], 72.0, None)]
    audio = Audio([*words, *talk], Clock(RATE, 80, 80), LABELS)
    for stride, most in ((5, 10), (20, 2), (60, 1)):  # of 10 ms
        decision = Decision(64, stride, 3, background=frozenset({1, 2}))
        found = choose(audio, decision, Wanted(fa_per_hour=25)).decision
        assert found.history <= most
        assert stride / found.alpha <= 50 or found.alpha == 1 or found.stream == "mean"
        assert (found.history > 1 or found.alpha < 1) == (most > 1)  # it would help


def test_the_tail_of_the_counts_costs_few_words() -> None:
    decision = Decision(24, 5, 3, background=frozenset({1, 2}))
    false = [0.1, 0.7, 0.2, 0.6, 0.3, 0.5, 0.4]
    words = [0.75 + 0.01 * i for i in range(20)]
    (yes,) = choose(audio_of(words, false), decision, Wanted(fa_per_hour=1)).labels
    assert yes.false_accepts == 0
    assert 1 <= yes.missed <= 2  # it has a say, and no more


def test_what_the_audio_cannot_tell() -> None:
    decision = Decision(24, 5, 3, background=frozenset({2}))
    with pytest.raises(VoxError, match="no positive holds `no`"):
        choose(audio_of([0.9], []), decision, Wanted(fa_per_hour=0.5))
    positives = Audio([stream_of([(2.0, 0.9)], 4.0, "yes")], Clock(RATE, 80, 80), LABELS)
    with pytest.raises(VoxError, match="no negatives"):
        choose(positives, Decision(24, 5, 3, background=frozenset({1, 2})), Wanted(fa_per_hour=0.5))
    with pytest.raises(VoxError, match="one of"):
        Wanted()
    with pytest.raises(VoxError, match="above 0"):
        Wanted(fa_per_hour=0)
