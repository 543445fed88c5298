"""Field tests: intervals, replays, sources, streams, judging, thresholds, processes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.tiny_model import CLIPS, FRAMES, LABELS, RATE, clip, tiny_model
from vox_embed.core import Decider, Listener, Model, Replay
from vox_embed.data.audio import read_audio
from vox_embed.data.rooms import Room, convolve, read_responses, response
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.kept import Kept
from vox_embed.field.conditions import Condition, Surroundings, apply, speech_level, word_end
from vox_embed.field.intervals import binomial_share, hours_to_claim, poisson_rate
from vox_embed.field.judge import judge
from vox_embed.field.listen import listen
from vox_embed.field.measure import Setup, measure
from vox_embed.field.posteriors import Clock, Posteriors, Store, identity
from vox_embed.field.sources import Recording, Source, read_negatives, read_positives
from vox_embed.field.streams import Stream, apart, blocks, strung
from vox_embed.field.summary import summary
from vox_embed.field.suspects import suspects
from vox_embed.field.sweep import Played, sweep, with_threshold
from vox_embed.program.vxm import Decision, read_sections

FIRES = ("yes", "no")


def long_sound(seconds: float, seed: int = 0) -> np.ndarray:
    """Sounds of every kind, one after another."""
    parts = [clip(kind, 1.5, seed=seed + i) for i, kind in enumerate(CLIPS * 20)]
    return np.concatenate(parts)[: round(seconds * RATE)]


def write(path: Path, sound: np.ndarray, rate: int = RATE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, subtype="PCM_16")
    return path


def settings_of(data: bytes) -> Decision:
    return Decision.from_section(read_sections(data)["DECI"])


# ---- intervals -------------------------------------------------------------------------------------


def test_poisson_intervals_are_garwoods() -> None:
    assert poisson_rate(0, 1.0) == pytest.approx((0.0, 3.6889), abs=1e-4)
    assert poisson_rate(5, 2.0) == pytest.approx((1.6235 / 2, 11.6683 / 2), abs=1e-4)
    assert hours_to_claim(0.1) == pytest.approx(29.957, abs=1e-3)


def test_binomial_intervals_are_clopper_and_pearsons() -> None:
    assert binomial_share(0, 10) == pytest.approx((0.0, 0.30850), abs=1e-5)
    assert binomial_share(10, 10) == pytest.approx((0.69150, 1.0), abs=1e-5)
    assert binomial_share(3, 10) == pytest.approx((0.06674, 0.65245), abs=1e-5)
    assert binomial_share(0, 0) == (0.0, 1.0)


# ---- replay ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", ["mean", "majority", "exponential"])
@pytest.mark.parametrize("seed", range(4))
def test_a_replay_is_what_the_listener_did(stream: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    on = float(random.uniform(0.35, 0.55))
    data = tiny_model(
        stream=stream,
        history=int(random.integers(1, 6)),
        alpha=float(random.uniform(0.1, 1)),
        threshold_on=on,
        threshold_off=on * float(random.uniform(0.5, 1)),
        refractory=int(random.integers(0, 40)),
    )
    heard = Listener(Model(data)).push(long_sound(30, seed))
    again = Decider(read_sections(data)["DECI"]).replay(heard.window_frames, heard.posteriors, heard.gated)
    assert heard.gated.any()
    assert not heard.gated.all()
    assert heard.events
    np.testing.assert_array_equal(again.verdict_labels, heard.verdict_labels)
    np.testing.assert_array_equal(again.verdict_scores, heard.verdict_scores)
    events = list(zip(*(column.tolist() for column in again[2:]), strict=True))
    assert events == [tuple(event) for event in heard.events]


def test_other_thresholds_are_what_a_model_with_them_would_do() -> None:
    data = tiny_model(stream="exponential", alpha=0.4)
    sound = long_sound(20)
    heard = Listener(Model(data)).push(sound)
    for on in (9000, 14000, 20000):
        changed = with_threshold(settings_of(data), on)
        theirs = Listener(
            Model(
                tiny_model(
                    stream="exponential",
                    alpha=0.4,
                    threshold_on=changed.threshold_on,
                    threshold_off=changed.threshold_off,
                )
            )
        ).push(sound)
        mine = Decider(changed.section()).replay(heard.window_frames, heard.posteriors, heard.gated)
        assert mine.frames.tolist() == [event.frame for event in theirs.events]


def test_a_replay_refuses_what_does_not_fit() -> None:
    decider = Decider(read_sections(tiny_model())["DECI"])
    with pytest.raises(ValueError, match="do not fit"):
        decider.replay(np.zeros(3, np.uint32), np.zeros((2, 3), np.uint16), np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="decision"):
        Decider(bytes(4))


def test_settings_survive_their_section() -> None:
    given = Decision(24, 5, 3, "majority", "exponential", 7, 0.3, 0.61, 0.4, 0.2, 900, 12, frozenset({0, 2}))
    once = Decision.from_section(given.section())
    assert once.section() == given.section()
    assert replace(once, alpha=given.alpha) != once  # rounded to Q15, and stays there
    assert Decision.from_section(once.section()) == once


# ---- sources ---------------------------------------------------------------------------------------


def test_clips_from_a_table_and_what_is_left_out(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path / f"{name}.wav", clip("tone", 0.8))
    (tmp_path / "t.csv").write_text(
        "file,keyword,speaker,part\na.wav,yes,ann,dev\nb.wav,maybe,bob,dev\nc.wav,no,cid,test\n"
    )
    source = read_positives(tmp_path / "t.csv", FIRES)
    assert [(r.occurrences[0].label, r.groups["speaker"]) for r in source.recordings] == [
        ("yes", "ann"),
        ("no", "cid"),
    ]
    assert "maybe" in source.notes[0]
    chosen = read_positives(tmp_path / "t.csv", FIRES, {"part": "test"})
    assert [r.file.name for r in chosen.recordings] == ["c.wav"]
    with pytest.raises(VoxError, match="no row"):
        read_positives(tmp_path / "t.csv", FIRES, {"part": "tset"})
    with pytest.raises(VoxError, match="no column") as error:
        read_positives(tmp_path / "t.csv", FIRES, {"prat": "test"})
    assert "part" in str(error.value.hint)


def test_folders_of_words(tmp_path: Path) -> None:
    write(tmp_path / "yes" / "1.wav", clip("tone"))
    write(tmp_path / "no" / "2.wav", clip("noise"))
    found = read_positives(tmp_path, FIRES).recordings
    assert sorted(r.occurrences[0].label for r in found) == ["no", "yes"]
    flat = tmp_path / "flat"
    write(flat / "1.wav", clip("tone"))
    assert read_positives(flat, ("yes",)).recordings[0].occurrences[0].label == "yes"
    with pytest.raises(VoxError, match="which of yes, no"):
        read_positives(flat, FIRES)


def test_label_tracks(tmp_path: Path) -> None:
    write(tmp_path / "talk.wav", long_sound(10))
    (tmp_path / "talk.txt").write_text("1.0\t1.5\tyes\n\\\t100\t900\n4\t4.5\tcough\n6.0\t7.0\tno\n")
    source = read_positives(tmp_path, FIRES)
    (one,) = source.recordings
    assert one.tracked
    assert [(w.label, w.start, w.end) for w in one.occurrences] == [("yes", 1.0, 1.5), ("no", 6.0, 7.0)]
    assert "cough" in source.notes[0]
    (tmp_path / "talk.txt").write_text("9.0\t11.0\tyes\n")
    with pytest.raises(VoxError, match=r"talk\.txt:1: .*past the end"):
        read_positives(tmp_path, FIRES)
    (tmp_path / "talk.txt").write_text("nonsense\n")
    with pytest.raises(VoxError, match=r"talk\.txt:1: .*no line of a label track"):
        read_positives(tmp_path, FIRES)


def test_rows_with_times_are_words_in_longer_recordings(tmp_path: Path) -> None:
    write(tmp_path / "talk.wav", long_sound(10))
    (tmp_path / "t.csv").write_text("file,start,end,label\ntalk.wav,6,7,no\ntalk.wav,1,1.5,yes\n")
    (one,) = read_positives(tmp_path / "t.csv", FIRES).recordings
    assert [w.label for w in one.occurrences] == ["yes", "no"]
    assert one.free_seconds == pytest.approx(8.5)
    (tmp_path / "t.csv").write_text("file,start,end,label\ntalk.wav,6,70,no\n")
    with pytest.raises(VoxError, match="past the end"):
        read_positives(tmp_path / "t.csv", FIRES)


def test_negatives_that_hold_the_word_are_named_and_left_out(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / f"{name}.wav", clip("noise", 2.0))
    (tmp_path / "t.csv").write_text('file,text\na.wav,"well, YES!"\nb.wav,yesterday\nc.wav,\n')
    source = read_negatives(tmp_path / "t.csv", FIRES)
    assert [r.file.name for r in source.recordings] == ["b.wav", "c.wav"]
    assert "a.wav" in source.notes[0]
    assert source.hours == pytest.approx(4 / 3600)


# ---- streams ---------------------------------------------------------------------------------------


def test_streams_leave_no_sample_out(tmp_path: Path) -> None:
    sounds = [long_sound(s, i) for i, s in enumerate((3.0, 50.0, 0.7, 41.3))]
    recordings = [
        Recording(write(tmp_path / f"{i}.wav", s), 0.0, len(s) / RATE) for i, s in enumerate(sounds)
    ]
    streams = strung(recordings, minutes=0.8)
    assert [len(s.recordings) for s in streams] == [2, 2]
    heard = [np.concatenate(list(blocks(s, Surroundings(), RATE))) for s in streams]
    np.testing.assert_array_equal(np.concatenate(heard), np.concatenate(sounds))
    recording, second = streams[0].where(10.0)
    assert (recording.file.name, second) == ("1.wav", pytest.approx(7.0))


def test_long_recordings_at_other_rates_come_in_blocks(tmp_path: Path) -> None:
    sound = long_sound(50).repeat(2)
    file = write(tmp_path / "a.wav", sound, 2 * RATE)
    stream = Stream((Recording(file, 0.0, 50.0),))
    pieces = list(blocks(stream, Surroundings(), RATE))
    assert len(pieces) > 2
    whole = np.concatenate(pieces).astype(int)
    assert len(whole) == 50 * RATE
    reference = read_audio(file, RATE).astype(int)
    assert np.abs(whole - reference)[: -RATE // 10].max() <= 1


def test_clips_stand_in_quiet_of_their_own(tmp_path: Path) -> None:
    sound = (clip("noise", 1.0) // 100).astype(np.int16)
    file = write(tmp_path / "a.wav", sound)
    (source,) = read_positives(file, ("yes",)).recordings
    (stream,) = apart([source], Condition(), 1.7)
    heard = np.concatenate(list(blocks(stream, Surroundings(), RATE)))
    assert len(heard) == round(3.7 * RATE)
    np.testing.assert_array_equal(heard[round(1.7 * RATE) : round(2.7 * RATE)], sound)
    assert 0.3 < heard[:RATE].std() / sound.std() < 1.1
    assert stream.occurrences()[0].start == 1.7


def test_conditions_do_what_they_say() -> None:
    rng = np.random.default_rng(0)
    word = np.concatenate([np.zeros(4000), 6000 * rng.standard_normal(4000), np.zeros(8000)])
    sound = np.clip(word, -30000, 30000).astype(np.int16)
    around = Surroundings()
    noisy = apply(sound, Condition("snr", 10.0), around, RATE, rng).astype(float)
    assert 20 * math.log10(speech_level(sound, RATE) / noisy[9000:].std()) == pytest.approx(10, abs=0.5)
    soft = apply(sound, Condition("gain", -20.0), around, RATE, rng)
    assert np.abs(soft.astype(float) - sound / 10).max() <= 0.5
    loud = apply(sound, Condition("gain", 40.0), around, RATE, rng)
    assert loud.max() == 32767
    far = apply(sound, Condition("room", 2.0), around, RATE, rng).astype(float)
    assert far[8400:9600].std() > 50  # it rings on
    assert speech_level(far.astype(np.float32), RATE) == pytest.approx(speech_level(sound, RATE), rel=0.05)
    assert word_end(sound, RATE) == pytest.approx(1.0, abs=0.03)
    names = [around.name(c, RATE) for c in around.conditions(RATE)]
    assert names[0] == "as recorded"
    assert len(set(names)) == len(names)


def test_rooms_decay_as_they_are_told() -> None:
    for rt60 in (0.25, 0.6):
        impulse = response(Room((6, 5, 2.7), rt60, 2.0), 16000, np.random.default_rng(3)).astype(float)
        assert impulse[0] == pytest.approx(1.0)
        left = np.cumsum(impulse[::-1] ** 2)[::-1]
        level = 10 * np.log10(left / left[0])
        start, stop = np.argmax(level < -10), np.argmax(level < -30)
        assert (stop - start) / 16000 * 3 == pytest.approx(rt60, rel=0.35)


def test_measured_rooms(tmp_path: Path) -> None:
    impulse = np.zeros(4000, np.int16)
    impulse[700], impulse[900] = 20000, -8000
    write(tmp_path / "hall.wav", impulse)
    ((name, read),) = read_responses(tmp_path, RATE)
    assert (name, read[0], read[200]) == ("hall", 1.0, pytest.approx(-0.4))
    heard = convolve(np.eye(1, 500, 10, dtype=np.float32)[0], read)
    assert heard[210] == pytest.approx(-0.4)
    write(tmp_path / "none.wav", np.zeros(100, np.int16))
    with pytest.raises(VoxError, match=r"none\.wav: is silent"):
        read_responses(tmp_path, RATE)


# ---- judging ---------------------------------------------------------------------------------------


def events(*given: tuple[float, int, int]) -> Replay:
    """(seconds, label, kind) with a clock of 100 frames a second."""
    frames = np.array([round(100 * t) for t, _, _ in given], np.uint32)
    columns = [np.array([g[i] for g in given]) for i in (1, 2)]
    scores = np.full(len(given), 16384, np.uint16)
    none = np.zeros(0, np.int16)
    return Replay(
        none, none.astype(np.uint16), frames, columns[0].astype(np.int16), scores, columns[1].astype(np.uint8)
    )


def test_hits_misses_and_false_accepts(tmp_path: Path) -> None:
    write(tmp_path / "talk.wav", long_sound(20))
    (tmp_path / "t.csv").write_text(
        "file,start,end,label\ntalk.wav,2,3,yes\ntalk.wav,6,7,yes\ntalk.wav,10,11,no\n"
    )
    stream = Stream(read_positives(tmp_path / "t.csv", FIRES).recordings)
    heard = events(
        (1.0, 0, 1),
        (1.5, 0, 2),
        (3.4, 0, 1),
        (3.6, 0, 2),
        (3.8, 0, 1),
        (3.9, 0, 2),
        (10.9, 0, 1),
        (14.9, 0, 2),
    )
    judged = judge(stream, heard, Clock(8000, 80, 80), LABELS)
    assert [a.hit for a in judged.answers] == [True, False, False]
    assert judged.answers[0].latency == pytest.approx(0.4)
    assert judged.answers[2].mistaken_for == "yes"
    assert [f.seconds for f in judged.false_accepts] == [pytest.approx(1.0)]
    assert judged.seconds_on == {"yes": pytest.approx(0.5 + 0.2 + 0.1 + 4.0)}
    assert judged.free_seconds == pytest.approx(20 - 3 * 2)


def test_curves_are_what_judging_at_each_threshold_gives(tmp_path: Path) -> None:
    data = tiny_model(stream="exponential", alpha=0.6)
    for i, kind in enumerate(("tone", "noise", "chirp")):
        write(tmp_path / "yes" / f"{i}.wav", clip(kind, 1.2, seed=i))
    write(tmp_path / "talk.wav", long_sound(60))
    streams = [
        *apart(read_positives(tmp_path / "yes", ("yes",)).recordings, Condition(), 0.5),
        *strung(read_negatives(tmp_path / "talk.wav", FIRES).recordings),
    ]
    heard = listen(data, streams, Surroundings(), store=Store(Kept(tmp_path / "kept")), jobs=1)
    played = [Played(s, h) for s, h in zip(streams, heard, strict=True)]
    clock, grid = Clock.of(Model(data)), (6000, 10000, 14000, 18000)
    curves = sweep(played, settings_of(data), clock, LABELS, grid)
    assert set(curves) == set(FIRES)
    total = 0
    for row, threshold in enumerate(grid):
        decider = Decider(with_threshold(settings_of(data), threshold).section())
        judged = [
            judge(p.stream, decider.replay(p.heard.frames, p.heard.values, p.heard.gated), clock, LABELS)
            for p in played
        ]
        for label in FIRES:
            false = sum(
                f.label == label
                for p, j in zip(played, judged, strict=True)
                if not p.stream.is_clip
                for f in j.false_accepts
            )
            assert curves[label].false_accepts[row] == false
            total += false
        missed = sum(not a.hit for j in judged for a in j.answers)
        assert curves["yes"].missed[row] == missed
    assert total > 5
    assert curves["yes"].hours == pytest.approx(60 / 3600)


def test_processes_and_a_second_run_change_nothing(tmp_path: Path) -> None:
    data = tiny_model()
    for i in range(3):
        write(tmp_path / "neg" / f"{i}.wav", long_sound(8, i))
        write(tmp_path / "pos" / "yes" / f"{i}.wav", clip("bursts", 0.9, seed=i))
    negatives = read_negatives(tmp_path / "neg", FIRES)
    positives = read_positives(tmp_path / "pos", FIRES)
    around = Surroundings(snr_db=(10.0,), gain_db=(-10.0,), rooms=((0.3, 1.0),))

    def run(jobs: int, store: str) -> dict[str, object]:
        setup = Setup(around, jobs=jobs, store=Store(Kept(tmp_path / store)))
        values = summary(measure("tiny", data, positives, negatives, setup))
        values["stream"] = {k: v for k, v in values["stream"].items() if k != "speed"}
        return values

    one = run(1, "one")
    assert run(2, "two") == one
    kept = sorted((tmp_path / "one").rglob("*.vxa"))
    assert len(kept) == 3 * 4 + 1
    kept[0].write_bytes(b"torn")
    before = {p: p.stat().st_mtime_ns for p in kept}
    assert run(1, "one") == one
    assert [p for p in kept if p.stat().st_mtime_ns != before[p]] == [kept[0]]
    assert one["negatives"]["hours"] == pytest.approx(24 / 3600, abs=1e-6)  # type: ignore[index]
    names = [c["name"] for c in one["labels"]["yes"]["conditions"]]  # type: ignore[index]
    assert names == ["as recorded", "10 dB SNR", "room, 1 m, RT60 0.3 s", "-10 dB"]
    assert any("too few" in note for note in one["notes"])  # type: ignore[union-attr]


def test_models_that_differ_in_thresholds_share_what_was_recorded() -> None:
    assert identity(tiny_model(threshold_on=0.9)) == identity(tiny_model(threshold_on=0.6))
    assert identity(tiny_model(seed=2)) != identity(tiny_model(seed=1))
    assert identity(tiny_model(stride=4)) != identity(tiny_model(stride=5))
    assert identity(tiny_model(gate_level=100)) != identity(tiny_model())


def test_a_model_without_events_and_nothing_to_play(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", clip("noise", 2.0))
    negatives = read_negatives(tmp_path, ("yes",))
    with pytest.raises(VoxError, match="all labels of the model are background"):
        measure("tiny", tiny_model(background=frozenset({0, 1, 2})), Source(()), negatives)
    with pytest.raises(VoxError, match="nothing to play"):
        measure("tiny", tiny_model(), Source(()), Source(()))


def test_negatives_that_a_model_is_sure_of_are_named() -> None:
    files = [Recording(Path(f"{name}.wav"), 0.0, 10.0) for name in ("talk", "word")]
    stream, clock = Stream(tuple(files)), Clock(8000, 800, 800)
    values = np.full((200, 3), 1000, np.uint16)
    values[40:44, 0] = 25000  # in talk.wav: likely
    values[140:144, 1] = 32000  # in word.wav: sure
    heard = Posteriors(np.arange(1, 201, dtype=np.uint32), values, np.zeros(200, np.uint8), math.nan)
    decision = Decision(window=1, stride=1, labels=3, background=frozenset({2}), refractory=10)
    played = Played(stream, heard)
    replayed = Decider(decision.section()).replay(heard.frames, heard.values, heard.gated)
    judged = judge(stream, replayed, clock, LABELS)
    assert len(judged.false_accepts) == 2
    (note,) = suspects([played], [judged], clock, LABELS)
    assert "word.wav at 4.1 s (`no`)" in note
    assert "talk.wav" not in note
    values[140:144, 1] = 25000
    assert suspects([played], [judged], clock, LABELS) == ()


def test_clips_shorter_than_the_window_are_noted(tmp_path: Path) -> None:
    seconds = FRAMES * 100 / RATE
    write(tmp_path / "yes" / "a.wav", clip("tone", seconds / 2))
    result = measure(
        "tiny",
        tiny_model(),
        read_positives(tmp_path, FIRES),
        Source(()),
        Setup(conditions=False, jobs=1, store=Store(Kept(tmp_path / "kept"))),
    )
    assert any("shorter than the window" in note for note in result.notes)
    assert any("no negatives" in note for note in result.notes)
    assert summary(result)["labels"]["yes"]["words"] == 1
