"""Changes of whole clips: what each promises; training rows only; the same again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vox_embed.cli.main import main
from vox_embed.data import load_dataset
from vox_embed.experiment import VoxError, load_experiment, schema
from vox_embed.gate.tables import csv_rows
from vox_embed.models.copies import with_copies
from vox_embed.models.effects import (
    CODECS,
    clip_peaks,
    effects_for,
    filtered,
    shift_pitch,
    splice,
    stretch,
    through,
)
from vox_embed.runs.bench.flags import flags
from vox_embed.runs.bench.settings import grid_of, settings_of
from vox_embed.runs.training import train

RATE = 16000
Make = Callable[..., Path]
CLASSIC = """
features: {type: mfcc}
window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}
model: {type: lda}
augment: {pitch: [-2, 2], noise_snr_db: [5, 20], gain_db: [-6, 6], copies: 2}
"""


def sine(frequency: float, seconds: float = 0.6) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def peak_hz(sound: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))).argmax() * RATE / len(sound))


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.4])
def test_stretching_keeps_pitch_and_level(factor: float) -> None:
    made = stretch(sine(440), factor)
    assert len(made) == round(factor * 9600)
    assert peak_hz(made) == pytest.approx(440, abs=4)
    middle = made[len(made) // 4 : -len(made) // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(8000 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("semitones", [-5.0, 0.0, 7.0])
def test_pitch_keeps_length(semitones: float) -> None:
    made = shift_pitch(sine(440), semitones)
    assert len(made) == 9600
    assert peak_hz(made) == pytest.approx(440 * 2 ** (semitones / 12), abs=6)


def test_clipping_cuts_so_many_samples() -> None:
    sound = np.random.default_rng(1).normal(0, 1000, 10000).astype(np.float32)
    made = clip_peaks(sound, 10)
    assert (np.abs(made) >= np.abs(made).max()).mean() == pytest.approx(0.1, abs=0.005)
    assert not clip_peaks(np.zeros(100, np.float32), 10).any()


@pytest.mark.parametrize("codec", CODECS)
def test_codecs_keep_length_and_sound(codec: str) -> None:
    sound = sine(440)
    made = through(codec, sound, RATE)
    assert made.shape == sound.shape
    assert peak_hz(made) == pytest.approx(440, abs=4)
    assert not np.array_equal(made, sound)


def test_filters_and_splices() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 1000, RATE).astype(np.float32)
    for _ in range(10):
        made = filtered(noise, RATE, rng)
        assert np.isfinite(made).all()
        assert made.std() < noise.std()
    ramp = np.arange(1000, dtype=np.float32)
    made = splice(ramp, 4, rng)
    assert sorted(made.tolist()) == ramp.tolist()
    assert 1 <= np.count_nonzero(np.diff(made) != 1) <= 3


def test_effects_are_drawn_from_the_generator_alone() -> None:
    settings = schema.Augment(
        stretch=(0.8, 1.2), pitch=(-2, 2), filters=0.5, codecs=("ulaw", "mp3"), splice=0.5
    )
    effects = effects_for(settings, RATE)
    assert effects is not None
    made = [effects(sine(440), np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(made[0], made[1])
    assert effects(np.zeros(3, np.float32), np.random.default_rng(5)).shape == (3,)
    assert effects_for(schema.Augment(gain_db=(-3, 3)), RATE) is None


def test_audiomentations_by_name() -> None:
    pytest.importorskip("audiomentations", reason="needs pip install 'vox-embed[augment]'")
    one = schema.Transform(type="AddGaussianSNR", settings={"min_snr_db": 5, "max_snr_db": 20, "p": 1.0})
    effects = effects_for(schema.Augment(audiomentations=(one,)), RATE)
    assert effects is not None
    before = np.random.get_state()[1].copy()
    made = [effects(sine(440), np.random.default_rng(seed)) for seed in (5, 5, 6)]
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    for wrong, said in (
        (schema.Transform(type="AddGausianSNR"), r"augment\.audiomentations\[1\].*AddGausianSNR"),
        (schema.Transform(type="AddGaussianSNR", settings={"loudness": 1}), r"\[1\].*loudness"),
    ):
        with pytest.raises(VoxError, match=said):
            effects_for(schema.Augment(audiomentations=(wrong,)), RATE)


def test_copies_of_clips() -> None:
    clips = [(sine(f) * 0.5).astype(np.int16) for f in (300, 500)]
    settings = schema.Augment(gain_db=(-6, 6), copies=3)
    made, targets = with_copies(settings, clips, np.array([1, 0]), ("a", "b"), RATE, 7)
    assert len(made) == 8
    assert targets.tolist() == [1, 0] * 4
    for i, clip in enumerate(clips):
        np.testing.assert_array_equal(made[i], clip)
        assert not np.array_equal(made[2 + i], clip)
    np.testing.assert_array_equal(made[5], made[-3])
    assert not np.array_equal(made[2], made[4])
    tagged = np.array([[True, False], [True, True]])
    noisy = schema.Augment(noise_snr_db=(0, 5), noise_labels=("b",), noise_probability=1)
    made, targets = with_copies(noisy, clips, tagged, ("a", "b"), RATE, 7)
    np.testing.assert_array_equal(targets, np.concatenate([tagged, tagged]))
    assert not np.array_equal(made[2], clips[0])
    grid = np.array([1.0, 2.0])
    made, targets = with_copies(noisy, clips, np.array([1.2, 1.9]), ("1", "b"), RATE, 7, grid=grid)
    assert targets.tolist() == [1.2, 1.9] * 2
    same, _ = with_copies(schema.Augment(), clips, np.array([1, 0]), ("a", "b"), RATE, 7)
    assert same is clips


def test_classic_models_learn_from_copies(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    csv = make_corpus_csv(takes=2)
    path = write_experiment(csv, rest=CLASSIC)
    train(load_experiment(path), root=tmp_path / "a")
    train(load_experiment(path), root=tmp_path / "b")
    train(load_experiment(path, changes=["augment.copies=0"]), root=tmp_path / "c")
    made = [(tmp_path / name / "tones/model.vxm").read_bytes() for name in "abc"]
    assert made[0] == made[1] != made[2]
    log = (tmp_path / "a/tones/train.log").read_text()
    rows = int(log.split("trained on ")[1].split(" rows")[0])
    alone = int((tmp_path / "c/tones/train.log").read_text().split("trained on ")[1].split(" rows")[0])
    assert rows == 3 * alone


def test_trials_with_other_copies_are_others(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    path = write_experiment(make_corpus_csv(takes=2), rest=CLASSIC)
    settings = settings_of(path, grid_of(("augment.copies=0,2",)))[0]
    found = flags(settings, inner=2)
    assert len(list((found.folder / "trials").iterdir())) == 4


def test_a_database_of_changed_clips(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_experiment(make_corpus_csv(takes=2), rest=CLASSIC)
    experiment = load_experiment(path)
    learn = load_dataset(experiment).select("train").table
    out = tmp_path / "changed"
    assert main(["augment", str(path), "--out", str(out), "--copies", "2"]) == 0
    rows = csv_rows((out / "table.csv").read_text())
    assert len(rows) == 2 * len(learn)
    assert {row["original"] for row in rows} == set(learn["file"])
    assert {row["speaker"] for row in rows} == set(learn["speaker"])
    assert set(rows[0]) >= {"file", "label", "speaker", "gender", "copy"}
    first = {file.name: file.read_bytes() for file in (out / "audio").iterdir()}
    assert len(first) == len(rows)
    assert main(["augment", str(path), "--out", str(out)]) == 1
    assert "not empty" in capsys.readouterr().err
    again = write_experiment(out / "table.csv", rest=CLASSIC)
    assert len(load_dataset(load_experiment(again))) == len(rows)


def test_changes_are_seen_and_heard(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_experiment(make_corpus_csv(takes=2), rest=CLASSIC)
    assert main(["augment", str(path), "--out", str(tmp_path / "x"), "--show", "2"]) == 0
    page = (tmp_path / "x" / "show.html").read_text()
    assert page.count("<audio") == page.count("data:audio/wav;base64,") == 4
    assert page.count('src="data:image/png;base64,') == 4
    assert "pitch: [-2.0, 2.0]" in page
    plain = CLASSIC.split("augment", maxsplit=1)[0]
    nothing = write_experiment(make_corpus_csv(folder="y", takes=2), rest=plain)
    assert main(["augment", str(nothing), "--out", str(tmp_path / "z")]) == 1
    assert "nothing is asked for" in capsys.readouterr().err
    assert not (tmp_path / "z").exists()


@pytest.mark.parametrize(
    ("augment", "said"),
    [
        ("{mixup: 0.2}", r"augment\.mixup.*for networks|augment\.mixup"),
        ("{time_mask: 2}", r"augment\.time_mask"),
        ("{copies: 3}", r"augment\.copies.*nothing is asked"),
        ("{pitch: [5, 2]}", "first number"),
        ("{pitch: [-50, 2]}", "below -24"),
        ("{codecs: [opus9]}", "opus9"),
        ("{codec_probability: 0.2}", "no `codecs`"),
        ("{audiomentations: [{type: x}]}", "type"),
    ],
)
def test_what_does_not_fit_is_refused(
    augment: str, said: str, write_experiment: Make, tmp_path: Path
) -> None:
    rest = CLASSIC.split("augment", maxsplit=1)[0] + f"augment: {augment}"
    with pytest.raises(VoxError, match=said) as told:
        load_experiment(write_experiment(tmp_path / "no.csv", rest=rest))
    assert "exp.yaml:" in str(told.value)
