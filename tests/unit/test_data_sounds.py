"""Hearing the files: which recordings are the same, what is wrong with them, and what is kept of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from helpers.sounds import tone
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.heard import Heard
from vox_embed.data.listen import Sound, listen
from vox_embed.data.signal import BEYOND, CANCELLED, CLIPPED, CUT, FAINT, OFFSET, SILENT
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.gate.sealed import seal_text, unseal_text

Write = Callable[..., Path]
RATE = 16000
TIMES = np.arange(RATE) / RATE
VOICE = 0.3 * np.sin(2 * np.pi * 180 * TIMES) * np.exp(-3 * TIMES) + 0.1 * np.sin(2 * np.pi * 570 * TIMES)


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


def faults(
    path: Path, sound: NDArray[np.float64], subtype: str | None = None, rate: int = RATE
) -> tuple[str, ...]:
    soundfile.write(path, sound, rate, subtype=subtype)
    return listen(str(path), [(0.0, None)]).faults[0.0, None]


# ---- faults ------------------------------------------------------------------------------------------


def test_a_file_that_was_not_copied_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    assert faults(path, VOICE) == ()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert listen(str(path), [(0.0, None)]).faults[0.0, None] == (CUT,)


def test_sizes_that_a_pipe_writes_are_no_promise(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    faults(path, VOICE)
    whole = path.read_bytes()
    for size in (0x7FFFF000, 0xFFFFFFFF):
        path.write_bytes(whole[:40] + size.to_bytes(4, "little") + whole[44:])
        assert listen(str(path), [(0.0, None)]).faults[0.0, None] == ()


@pytest.mark.parametrize(
    ("subtype", "level"),
    [
        ("PCM_16", 0.02),
        ("PCM_16", 2.4),
        ("PCM_24", 1),
        ("FLOAT", 2.4),
        ("PCM_U8", 2.4),
        ("ULAW", 0.02),
        ("ULAW", 1),
    ],
)
def test_sound_sounds(tmp_path: Path, subtype: str, level: float) -> None:
    noise = np.random.default_rng(1).standard_normal(RATE) * 0.003
    assert np.abs(2.4 * (VOICE + noise)).max() < 1
    assert faults(tmp_path / "a.wav", level * (VOICE + noise), subtype) == ()
    both = np.stack([VOICE, np.roll(VOICE, 40) * 0.5], axis=1)
    assert faults(tmp_path / "a.wav", level * both, subtype) == ()


def test_a_slow_full_wave_is_not_clipped(tmp_path: Path) -> None:
    for subtype in ("PCM_16", "PCM_U8", "FLOAT"):
        for frequency in (20, 100, 440, 4000):
            wave = 0.999 * np.sin(2 * np.pi * frequency * TIMES + 0.3)
            assert faults(tmp_path / "a.wav", wave, subtype) == (), (subtype, frequency)


@pytest.mark.parametrize(
    ("sound", "subtype", "found"),
    [
        (np.zeros(RATE), "PCM_16", (SILENT,)),
        (np.full(RATE, 0.25), "PCM_16", (SILENT,)),  # one value is no sound either
        (1e-6 * VOICE, "FLOAT", (SILENT,)),  # nothing is left of it in 16 bits
        (np.zeros((RATE, 2)), "PCM_16", (SILENT,)),
        (np.stack([VOICE, -VOICE], axis=1), "PCM_16", (CANCELLED,)),
        (np.stack([VOICE, -0.8 * VOICE], axis=1), "FLOAT", (CANCELLED,)),
        (np.stack([VOICE, -VOICE, VOICE, -VOICE], axis=1), "PCM_16", (CANCELLED,)),
        (VOICE + 0.3, "PCM_16", (OFFSET,)),
        (0.01 * VOICE - 0.01, "PCM_24", (OFFSET,)),
        (np.clip(6 * VOICE, -1, 1), "PCM_16", (CLIPPED,)),
        (0.4 * np.clip(6 * VOICE, -1, 1), "PCM_16", (CLIPPED,)),  # turned down later
        (np.clip(6 * VOICE, -2, 0.7), "FLOAT", (CLIPPED, BEYOND)),  # one side
        (4 * VOICE, "FLOAT", (BEYOND,)),
        (np.clip(3 * np.sin(2 * np.pi * 500 * TIMES), -1, 1), "PCM_16", (CLIPPED,)),  # few values
        (np.clip(1.1 * np.sin(2 * np.pi * 500 * TIMES), -1, 1), "PCM_16", (CLIPPED,)),
        (2.0 / 32768 * np.sin(2 * np.pi * 500 * TIMES), "PCM_16", (FAINT,)),
        (40.0 / 32768 * np.sin(2 * np.pi * 500 * TIMES), "PCM_16", ()),
        (np.stack([0.1 * VOICE, np.clip(6 * VOICE, -0.8, 0.8)], axis=1), "PCM_16", (CLIPPED,)),
        (np.clip(6 * VOICE, -1, 1) * 0.5 + 0.4, "PCM_16", (OFFSET, CLIPPED)),
    ],
)
def test_what_is_wrong_with_a_sound(
    tmp_path: Path, sound: NDArray[np.float64], subtype: str, found: tuple[str, ...]
) -> None:
    assert faults(tmp_path / "a.wav", sound, subtype) == found


def test_faults_are_of_the_span(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(RATE), VOICE, np.clip(6 * VOICE, -1, 1), np.zeros(40 * RATE)])
    soundfile.write(tmp_path / "a.flac", sound, RATE)  # more than one block
    spans = [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (5.0, 40.0), (0.0, None), (0.5, 1.5)]
    found = listen(str(tmp_path / "a.flac"), spans)
    assert [found.faults[span] for span in spans] == [(SILENT,), (), (CLIPPED,), (SILENT,), (CLIPPED,), ()]
    assert found.lead == RATE + 1  # the voice begins with a zero


def test_one_note_for_each_kind(tmp_path: Path, make_corpus_csv: Write, write_experiment: Write) -> None:
    csv = make_corpus_csv()
    audio = csv.parent / "audio"
    for i in range(3):
        soundfile.write(audio / f"low_ann_{i}.wav", np.zeros(RATE), RATE)
    soundfile.write(audio / "high_ben_1.wav", np.stack([VOICE, -VOICE], axis=1), RATE)
    soundfile.write(audio / "high_ben_2.wav", VOICE + 0.3, RATE)
    soundfile.write(audio / "high_ben_3.wav", np.clip(9 * VOICE, -1, 1), RATE)
    path = write_experiment(csv, "split_strategy: random")
    told = [note for note in load(path).notes if " of 40 clips " in note]
    assert len(told) == 4
    for note, words in zip(
        told,
        (
            "3 of 40 clips hold no sound",
            "1 of 40 clips have channels",
            "1 of 40 clips have an",
            "1 of 40 clips are",
        ),
        strict=True,
    ):
        assert note.startswith("warning: " + words)
    assert f"first: {audio}/low_ann_0.wav; nothing can be learned" in told[0]
    assert f"first: {audio}/high_ben_1.wav; turn one channel round" in told[1]
    silence = write_experiment(csv, "split_strategy: random", rest="decision: {background: [low]}")
    assert not any("hold no sound" in note for note in load(silence).notes)  # a class of silence
    strict = write_experiment(csv, "split_strategy: random", "strict: true")
    assert complaint(strict).startswith("data.strict: 3 speakers are in train and in test (ann, ")
    assert "(and 4 more warnings)\nhint: mend it" in complaint(strict)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(make_corpus_csv: Write, write_experiment: Write, value: float) -> None:
    csv = make_corpus_csv()
    for name in ("low_ann_1.wav", "high_eve_3.wav"):
        sound = VOICE.copy()
        sound[4000] = value
        soundfile.write(csv.parent / "audio" / name, sound, RATE, subtype="FLOAT")
    message = complaint(write_experiment(csv, "split_strategy: random"))
    assert "high_eve_3.wav: holds samples that are not numbers; 1 more such files" in message
    dataset = load(write_experiment(csv, "split_strategy: random", "skip_bad_files: true"))
    assert len(dataset) == 38 and sum(note.startswith("skipped:") for note in dataset.notes) == 2


def test_lower_rates_are_told(tmp_path: Path, make_corpus_csv: Write, write_experiment: Write) -> None:
    csv = make_corpus_csv(rate=2000)
    path = write_experiment(csv, "split_strategy: random")
    notes = [note for note in load(path).notes if "sample_rate" in note]
    assert (
        len(notes) == 1
        and "40 of 40 clips were recorded at less than features.sample_rate (16000 Hz)" in notes[0]
    )
    assert "the lowest at 2000 Hz: above 1000 Hz they hold nothing" in notes[0]
    for file in (csv.parent / "audio").glob("low_*"):
        soundfile.write(file, tone(200, 0.2, seed=hash(file.name) % 1000), RATE)
    notes = [note for note in load(path).notes if "sample_rate" in note]
    assert (
        "20 of 40 clips" in notes[0] and "all of label `high` are, and may be known by that alone" in notes[0]
    )


# ---- the same recording ------------------------------------------------------------------------------


def written(path: Path, sound: NDArray[np.float64], subtype: str | None = None) -> Path:
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, sound, RATE, subtype=subtype)
    return path


def silences(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(500), sound, np.zeros(90)])


@pytest.mark.parametrize(
    "copy",
    [
        lambda to, sound: written(to / "b.wav", sound),
        lambda to, sound: written(to / "b.flac", sound),
        lambda to, sound: written(to / "b.wav", sound, "PCM_24"),
        lambda to, sound: written(to / "b.wav", sound, "FLOAT"),
        lambda to, sound: written(to / "b.aiff", sound),
        lambda to, sound: written(to / "b.wav", np.stack([sound, sound], axis=1)),
        lambda to, sound: written(to / "b.wav", silences(sound)),
        lambda to, sound: shutil.copy(to.parent / "a.wav", to / "b.wav"),
        lambda to, sound: (to / "b.wav").symlink_to(to.parent / "a.wav") or to / "b.wav",
        lambda to, sound: os.link(to.parent / "a.wav", to / "b.wav") or to / "b.wav",
        lambda to, sound: to / ".." / "a.wav",
        lambda to, sound: to / "." / ".." / "copy" / ".." / "a.wav",
        lambda to, sound: Path("a.wav"),
    ],
)
def test_a_copy_in_another_split_is_found(
    tmp_path: Path,
    make_corpus_csv: Write,
    write_experiment: Write,
    copy: Callable[[Path, NDArray[np.float64]], Path],
) -> None:
    sound = np.rint(VOICE * 32768) / 32768
    csv = make_corpus_csv(folder="train")
    (csv.parent / "copy").mkdir()
    written(csv.parent / "a.wav", sound)
    other = copy(csv.parent / "copy", sound)
    csv.write_text(csv.read_text() + "a.wav,,f,high,9\n")
    (csv.parent / "second.csv").write_text(f"file,label\n{other},high\n")
    path = write_experiment(csv, "split_strategy: train")
    text = path.read_text() + f"    second: {{path: {csv.parent}/second.csv, split_strategy: test}}\n"
    no_dev = "window: {functionals: [mean]}\nmodel: {type: forest}\n"
    path.write_text(text + no_dev)
    told = [note for note in load(path).notes if "in two splits" in note]
    assert len(told) == 1 and told[0].startswith(
        "warning: 1 recording in two splits: train (tones: a.wav) and test"
    )
    for key in ("strict: true", "speaker_disjoint: true"):
        path.write_text(f"{text}  {key}\n{no_dev}")
        message = complaint(path)
        assert "1 recording in two splits: train (tones: a.wav) and test (second: " in message


def test_recordings_that_differ_are_not_taken_for_one(
    make_corpus_csv: Write, write_experiment: Write
) -> None:
    csv = make_corpus_csv()
    for name in ("low_ann_0.wav", "low_ann_1.wav", "high_eve_0.wav"):
        soundfile.write(csv.parent / "audio" / name, np.zeros(3200), RATE)  # silence is no recording
    sound = np.rint(VOICE * 32768) / 32768
    soundfile.write(csv.parent / "audio" / "low_ben_0.wav", sound, RATE)
    sound[8000] += 1 / 32768
    soundfile.write(csv.parent / "audio" / "low_ben_1.wav", sound, RATE)
    notes = load(write_experiment(csv, "split_strategy: specified\ntest: {take: 0}")).notes
    assert not [note for note in notes if "in two" in note or "with two" in note]


def test_copies_are_drawn_together(make_corpus_csv: Write, write_experiment: Write) -> None:
    csv = make_corpus_csv(takes=6)
    audio = csv.parent / "audio"
    for speaker in ("ann", "ben", "cem", "dia", "eve"):
        for label in ("low", "high"):
            for take in (1, 2, 3):
                shutil.copy(audio / f"{label}_{speaker}_0.wav", audio / f"{label}_{speaker}_{take}.wav")
    for seed in range(6):
        settings = "split_strategy: random\ntest_size: 40"
        dataset = load(write_experiment(csv, settings, rest=f"seed: {seed}"))
        assert {*dataset.table["split"]} == {"train", "dev", "test"}
        assert not any("recording" in note for note in dataset.notes), seed


def rows(csv: Path, lines: list[str]) -> Path:
    csv.write_text("file,start,end,label,part\n" + "\n".join(lines) + "\n")
    return csv


def test_parts_of_one_recording(tmp_path: Path, write_experiment: Write) -> None:
    for i in range(4):
        soundfile.write(tmp_path / f"{i}.wav", tone(200 + 90 * i, 4.0, seed=i), RATE)
    shutil.copy(tmp_path / "3.wav", tmp_path / "copy.flac")
    shutil.copy(tmp_path / "3.wav", tmp_path / "copy.wav")
    (tmp_path / "copy.flac").unlink()
    settings = "split_strategy: specified\nsplit_column: part"
    plain = ["0.wav,0,2,a,train", "1.wav,0,2,b,train", "2.wav,0,2,a,test"]

    def notes(*more: str, data: str = "") -> list[str]:
        path = write_experiment(rows(tmp_path / "t.csv", [*plain, *more]), settings, data)
        return [note for note in load(path).notes if "recording" in note]

    assert notes("3.wav,0,1,b,test", "3.wav,2,3,b,test", "3.wav,1,2,b,test") == []
    assert notes("0.wav,2,3,a,train") == []
    # One after the other: parts of one recording. One over the other: the same sound.
    (told,) = notes("3.wav,0,1,b,test", "3.wav,1,2,b,train")
    assert told.startswith(
        "warning: parts of 1 recording in two splits: train (tones: 3.wav from 1 s) and test"
    )
    (told,) = notes("3.wav,0,1,b,test", "3.wav,0.9,2,b,train")
    assert told.startswith("warning: 1 recording in two splits: train (tones: 3.wav from 0.9 s) and test")
    (told,) = notes("3.wav,0,,b,test", "copy.wav,3.5,3.9,b,train", "1.wav,0.5,1,b,test")
    assert told.startswith("warning: 2 recordings in two splits")
    # A long row before does not hide behind a short one.
    (told,) = notes("3.wav,0,4,b,test", "3.wav,0.5,0.6,b,test", "3.wav,2,3,b,train")
    assert told.startswith("warning: 1 recording in two splits")
    (told,) = notes("0.wav,1.5,1.8,b,train")
    assert (
        told == "warning: 1 recording with two labels: `a` (tones: 0.wav) and `b` (tones: 0.wav from 1.5 s)"
    )


# ---- what is kept ------------------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, and a folder of its own for what is kept."""
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    soundfile.write(tmp_path / "a.wav", VOICE, RATE)
    return tmp_path / "a.wav"


def once(file: Path, span: tuple[float, float | None] = (0.0, None)) -> Sound | VoxError:
    return Heard(file.parent / "t.csv").hear({str(file): [span]})[str(file)]


def test_a_file_is_heard_once(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import vox_embed.data.heard

    first = once(recording)
    assert isinstance(first, Sound)
    with monkeypatch.context() as patch:
        patch.setattr(vox_embed.data.heard, "listen", lambda *_: pytest.fail("listened again"))
        assert once(recording) == first
    assert isinstance(other := once(recording, (0.5, 0.75)), Sound) and (0.5, 0.75) in other.faults
    before = recording.stat()
    soundfile.write(recording, -VOICE, RATE)  # of the same size and, as far as `mtime` says, age
    os.utime(recording, ns=(before.st_atime_ns, before.st_mtime_ns))
    changed = once(recording)
    assert isinstance(changed, Sound) and changed.recording != first.recording
    recording.write_bytes(b"junk")
    assert isinstance(once(recording), VoxError)
    recording.unlink()
    assert isinstance(once(recording), VoxError)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"version": 2}',
        '{"version": 2, "files": [1]}',
        '{"version": 2, "files": {"%s": %s}}',
        "[" * 9999,
    ],
)
def test_what_is_kept_may_be_damaged(recording: Path, content: str) -> None:
    first = once(recording)
    (store,) = (recording.parent / "cache" / "sounds").glob("*.json")
    sound = store.read_text()
    kept = json.loads(unseal_text(sound, store.stem))["files"][str(recording)]
    for record in (1, [], [*kept[:-1], {}], [*kept[:-1], {**kept[-1], "faults": [[0]]}], kept[:-1]):
        text = content if "%s" not in content else content % (recording, json.dumps(record))
        for written in (text, seal_text(text, store.stem)):
            store.write_text(written)
            assert once(recording) == first


def test_no_flipped_character_of_what_is_kept_is_believed(recording: Path) -> None:
    first = once(recording)
    (store,) = (recording.parent / "cache" / "sounds").glob("*.json")
    sound = store.read_text()
    for place in range(0, len(sound), 7):
        store.write_text(sound[:place] + chr(ord(sound[place]) ^ 1) + sound[place + 1 :])
        assert once(recording) == first


def test_a_cache_that_cannot_be_written_costs_time_only(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (recording.parent / "file").write_text("in the way")
    monkeypatch.setenv("VOX_CACHE", str(recording.parent / "file"))
    assert isinstance(once(recording), Sound)


def test_clips_shorter_than_a_frame_are_told(make_corpus_csv: Write, write_experiment: Write) -> None:
    table = make_corpus_csv()
    short = table.parent / "audio" / "low_ann_0.wav"
    soundfile.write(short, VOICE[:160], RATE)
    notes = load(write_experiment(table)).notes
    said = [note for note in notes if "shorter than one frame" in note]
    assert len(said) == 1 and "1 of 40 clips" in said[0] and "(30 ms), the first 10 ms: " in said[0]
