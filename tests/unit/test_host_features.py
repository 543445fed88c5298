"""Features that a PC alone has: tables of other programs, spectra in dB, Praat's measures."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers.sounds import tone
from vox_embed.cli.main import main
from vox_embed.data import load_dataset
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.schema import Praat as PraatSection
from vox_embed.experiment.schema import Spectra as SpectraSection
from vox_embed.features.host import inputs_of
from vox_embed.features.host.praat import Praat
from vox_embed.features.host.spectra import Spectra
from vox_embed.gate.tables import csv_rows
from vox_embed.models import VectorClassifier, estimator_of
from vox_embed.runs import Quiet
from vox_embed.runs.reading import read_sounds

Make = Callable[..., Path]
REST = "features: {features}\n{more}model: {{type: logistic}}\n"
WINDOW = "window: {length_ms: 300, stride_ms: 300, functionals: [mean]}\n"


def table_of(csv: Path, *, skip: int = 0, cell: str = "") -> Path:
    """A feature of each clip that tells its label, and one that says nothing."""
    lines = csv.read_text(encoding="utf-8").splitlines()[1:]
    random = np.random.default_rng(1)
    rows = [
        f"{line.split(',')[0]},{cell or (i if 'high' in line else -i)},{random.normal():.3f}"
        for i, line in enumerate(lines, start=1)
    ]
    path = csv.parent / "features.csv"
    path.write_text("file,good,noise\n" + "\n".join(rows[skip:]) + "\n", encoding="utf-8")
    return path


def fitted(path: Path) -> tuple[VectorClassifier, float]:
    settings = load_experiment(path)
    inputs = inputs_of(settings.features)
    dataset = load_dataset(settings)
    sounds = read_sounds(settings, dataset, inputs.sample_rate, Quiet())
    learn, test = sounds.select("train"), sounds.select("test")
    estimator = estimator_of(settings, inputs, dataset.labels)
    assert isinstance(estimator, VectorClassifier)
    estimator.fit(learn, learn.truth)
    return estimator, float((estimator.float_predict_clips(test).argmax(axis=1) == test.truth).mean())


def test_several_of_a_pc_stand_side_by_side(write_experiment: Make, make_corpus_csv: Make) -> None:
    csv = make_corpus_csv()
    features = f"[{{type: spectra, bands: 4}}, {{type: import, path: {table_of(csv)}}}]"
    path = write_experiment(csv, "test_size: 30", "", REST.format(features=features, more=""))
    estimator, right = fitted(path)
    assert estimator.source.width == 2 * 4 + 2
    assert right > 0.9


def test_a_table_of_features_is_found_by_file(write_experiment: Make, make_corpus_csv: Make) -> None:
    csv = make_corpus_csv()
    features = f"{{type: import, path: {table_of(csv)}, columns: [good]}}"
    estimator, right = fitted(
        write_experiment(csv, "test_size: 30", "", REST.format(features=features, more=""))
    )
    assert right == 1.0
    assert estimator.source.names == ("good",)


def test_it_stands_beside_features_of_a_device(write_experiment: Make, make_corpus_csv: Make) -> None:
    csv = make_corpus_csv()
    features = f"[{{type: logmel, bands: 4}}, {{type: import, path: {table_of(csv)}}}]"
    path = write_experiment(csv, "test_size: 30", "", REST.format(features=features, more=WINDOW))
    estimator, right = fitted(path)
    assert right == 1.0
    assert estimator.source.names == (*(f"logmel_{i}_mean" for i in range(4)), "good", "noise")
    with pytest.raises(VoxError, match="host only"):
        raise next(iter(load_experiment(path).features.host)).refusal  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("more", "options", "message"),
    [
        ({"skip": 3}, "", "lacks"),
        ({"cell": "loud"}, "", "features.csv:2: `good` is `loud`, which is no number"),
        ({}, ", columns: [god]", "good"),
        ({}, ", column: [good]", "columns"),
        ({}, ", root: /nowhere", "lacks"),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    more: dict[str, object], options: str, message: str, write_experiment: Make, make_corpus_csv: Make
) -> None:
    csv = make_corpus_csv()
    features = f"{{type: import, path: {table_of(csv, **more)}{options}}}"  # type: ignore[arg-type]
    with pytest.raises(VoxError) as caught:
        fitted(write_experiment(csv, "test_size: 30", "", REST.format(features=features, more="")))
    assert message in f"{caught.value.message} {caught.value.hint}"


def test_parquet_with_times_is_read(write_experiment: Make, make_corpus_csv: Make) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    csv = make_corpus_csv()
    table = pd.read_csv(table_of(csv))
    table["start"], table["end"] = pd.Timedelta(0), pd.NaT
    table.set_index(["file", "start", "end"]).to_parquet(csv.parent / "features.parquet")
    features = f"{{type: import, path: {csv.parent / 'features.parquet'}}}"
    assert (
        fitted(write_experiment(csv, "test_size: 30", "", REST.format(features=features, more="")))[1] == 1.0
    )


def test_spectra_have_the_level_of_a_tone() -> None:
    sound = tone(1000, 0.5, 16000, 1)
    level = 20 * np.log10(np.abs(sound.astype(float)).max() / 32768)
    frames = Spectra(SpectraSection(level="frames", bands=40)).extract_all([sound])[0]
    assert frames.shape == (48, 40)
    assert abs(frames.max() - level) < 4
    whole = Spectra(SpectraSection(bands=40)).extract_all([sound, sound[:10]])
    assert whole[0].shape == whole[1].shape == (1, 80)
    np.testing.assert_allclose(whole[0][0, :40], frames.mean(axis=0), atol=1e-3)


def test_praat_measures_a_pulse_train() -> None:
    if importlib.util.find_spec("parselmouth") is None:
        pytest.skip("praat-parselmouth is not installed (extra `praat`)")
    pulses = np.zeros(16000)
    pulses[:: 16000 // 125] = 12000.0
    sound = np.convolve(pulses, np.exp(-np.arange(200) / 20) * np.sin(np.arange(200) / 3))[:16000]
    praat = Praat(PraatSection())
    rows = praat.extract_all([sound.astype(np.int16), np.zeros(50, np.int16)])
    voice = dict(zip(praat.names, rows[0][0], strict=True))
    assert abs(voice["f0_mean"] - 125) < 1
    assert voice["duration"] == 1.0
    assert voice["jitter_local"] < 0.01
    assert voice["voiced_share"] > 0.8
    assert 100 < voice["f1_mean"] < 1500
    assert np.isfinite(rows[1]).all()
    assert rows[1][0, 1] == 0


@pytest.mark.parametrize(
    ("labels", "model", "column"),
    [
        (("low", "high"), "{type: logistic}", "predicted"),
        (("1", "2"), "{type: ridge, task: regression}", "value"),
    ],
)
def test_a_model_of_a_pc_says_of_files_what_its_run_wrote(  # noqa: PLR0917
    labels: tuple[str, str],
    model: str,
    column: str,
    write_experiment: Make,
    make_corpus_csv: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    csv = make_corpus_csv(labels)
    monkeypatch.setenv("VOX_RESULTS", str(csv.parent / "results"))
    path = write_experiment(csv, "test_size: 30", "", f"features: {{type: spectra}}\nmodel: {model}\n")
    assert main(["train", str(path)]) == 0
    heard, run = csv.parent / "heard.csv", csv.parent / "results/tones"
    assert main(["predict", str(run), str(csv), "--out", str(heard), "--soft"]) == 0
    said = {
        str(csv.parent / row["file"]): row["label_pred"]
        for row in csv_rows(heard.read_text(encoding="utf-8"))
    }
    written = csv_rows((run / "predictions.csv").read_text(encoding="utf-8"))
    assert written and len(said) == 40
    if column == "predicted":
        assert all(said[row["file"]] == row[column] for row in written)
    else:
        values = [float(said[row["file"]]) for row in written]
        np.testing.assert_allclose(values, [float(row[column]) for row in written], atol=1e-3)
