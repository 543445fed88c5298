"""`features` of an experiment file: every type, lists of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.loader import load_experiment
from vox_embed.experiment.schema import Experiment
from vox_embed.experiment.schema.features import LLD_SETS, LLDS
from vox_embed.features import Descriptors, Functionals, LogMel
from vox_embed.features.configured import features_of

HEAD = "name: x\ndata:\n  databases:\n    a: {path: a.csv}\nfeatures: "


def load(folder: Path, features: str) -> Experiment:
    path = folder / "exp.yaml"
    path.write_text(HEAD + features + "\n")
    return load_experiment(path, expand=False)


def extractor(folder: Path, features: str) -> LogMel | Descriptors:
    experiment = load(folder, features)
    found = features_of(experiment.features)
    assert found.names == experiment.features.names
    assert found.window == experiment.features.window_samples
    assert found.hop == experiment.features.hop_samples
    return found


def test_log_mel_stays_the_plain_front_end(tmp_path: Path) -> None:
    plain = extractor(tmp_path, "{bands: 32, sample_rate: 8000}")
    assert plain == LogMel(8000, 240, 160, 256, 32, 60.0, 3800.0)
    assert extractor(tmp_path, "{type: logmel, bands: 32, sample_rate: 8000}") == plain
    assert extractor(tmp_path, "[{type: logmel, bands: 32, sample_rate: 8000}]") == plain


@pytest.mark.parametrize("more", ["pcan: {}", "noise_reduction: {least: 0.1}", "deltas: 1"])
def test_log_mel_with_more_is_a_list_of_descriptors(tmp_path: Path, more: str) -> None:
    found = extractor(tmp_path, f"{{type: logmel, {more}}}")
    assert isinstance(found, Descriptors)
    assert found.frame == extractor(tmp_path, "{type: logmel}")
    assert (found.pcan is not None, found.noise is not None) == ("pcan" in more, "noise" in more)


def test_mfcc_with_deltas(tmp_path: Path) -> None:
    found = extractor(tmp_path, "{type: mfcc, coefficients: 2, first: 1, deltas: 2, lifter: 0}")
    stems = ("mfcc_1", "mfcc_2")
    assert found.names == tuple(f"{stem}{end}" for end in ("", "_delta", "_delta2") for stem in stems)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_spectrogram_groups_as_many_bins_as_it_must(tmp_path: Path, rate: int) -> None:
    found = extractor(tmp_path, f"{{type: spectrogram, sample_rate: {rate}, fmin: 0}}")
    assert isinstance(found, Descriptors)
    assert 64 <= found.bands <= 128
    with_step = extractor(
        tmp_path, f"{{type: spectrogram, sample_rate: {rate}, fmin: 300, fmax: 3000, step: 2}}"
    )
    assert with_step.names[0] == "spectrum_0"


@pytest.mark.parametrize("name", LLD_SETS)
def test_sets(tmp_path: Path, name: str) -> None:
    assert extractor(tmp_path, f"{{type: lld, set: {name}}}").names == LLD_SETS[name]


def test_descriptors_by_name(tmp_path: Path) -> None:
    assert extractor(tmp_path, "{type: lld}").names == LLD_SETS["egemaps-lite"]
    every = extractor(tmp_path, f"{{type: lld, names: [{', '.join(LLDS)}, mfcc_3]}}")
    assert every.names == (*LLDS, "mfcc_3")
    both = extractor(tmp_path, "{type: lld, set: prosody, names: [centroid, energy]}")
    assert both.names == (*LLD_SETS["prosody"], "centroid")


def test_a_list_is_joined(tmp_path: Path) -> None:
    experiment = load(
        tmp_path,
        "[{type: mfcc, window_ms: 25, coefficients: 4}, {type: lld, names: [loudness, f0], deltas: 1}]",
    )
    found = features_of(experiment.features)
    mfcc = tuple(f"mfcc_{i}" for i in range(4))
    assert found.names == (*mfcc, "loudness", "f0", "loudness_delta", "f0_delta")
    assert found.frame.window == 400
    assert found.window == 960
    assert found.gate == "f0"
    resolved = yaml.safe_load(yaml.safe_dump(experiment.model_dump(mode="json", by_alias=True)))
    again = Experiment.model_validate(resolved)
    assert features_of(again.features).section() == found.section()


@pytest.mark.parametrize(
    ("features", "described"),
    [
        (
            "{sample_rate: 8000}",
            "log-mel, 40 mel bands from 60 to 3800 Hz, frames of 30 ms every 20 ms at 8000 Hz",
        ),
        (
            "{type: mfcc, window_ms: 25, deltas: 1, sample_rate: 22050}",
            "26 features (mfcc_0..12, mfcc_0..12_delta), 26 mel bands from 20 to 8000 Hz, lifter 22, "
            "deltas over 2 frames on either side, frames of 24.99 ms every 9.977 ms at 22050 Hz",
        ),
        (
            "{type: mfcc, first: 1, coefficients: 1, lifter: 0, pcan: {}, noise_reduction: {}}",
            "1 feature (mfcc_1), 26 mel bands from 20 to 8000 Hz, noise reduction, PCAN, "
            "frames of 20 ms every 10 ms at 16000 Hz",
        ),
        (
            "{type: spectrogram, step: 2}",
            "128 features (spectrum_0..127), groups of 2 FFT bins from 20 Hz on, "
            "frames of 20 ms every 10 ms at 16000 Hz",
        ),
        (
            "{type: lld, names: [centroid, f0, f1]}",
            "3 features (centroid, f0, f1), F0 and its like in 60 ms, "
            "frames of 20 ms every 10 ms at 16000 Hz",
        ),
        (
            "{type: lld, names: [mfcc_1, mfcc_3, mfcc_4, energy]}",
            "4 features (mfcc_1, mfcc_3..4, energy), 26 mel bands from 20 to 8000 Hz, lifter 22, "
            "frames of 20 ms every 10 ms at 16000 Hz",
        ),
    ],
)
def test_each_kind_describes_itself(tmp_path: Path, features: str, described: str) -> None:
    found = extractor(tmp_path, features)
    assert f"{found.description}, {found.framing}" == described


def test_functionals_describe_themselves(tmp_path: Path) -> None:
    found = extractor(tmp_path, "{type: lld, names: [energy, f0]}")
    assert (
        Functionals.of(found, ["mean", "segments", "p20"]).description
        == "mean, p20 of every feature; segments of f0: 5 values a window"
    )


@pytest.mark.parametrize(
    ("features", "message", "hint"),
    [
        ("{type: mfc}", "unknown features type `mfc`", "mfcc"),
        ("[{type: lld}, {type: mfc}]", "unknown features[2] type `mfc`", "mfcc"),
        ("[]", "an empty list", "log-mel"),
        ("{type: lld, set: egemaps}", "features.set", "egemaps-lite"),
        ("{type: lld, names: [f00]}", "`f00` is no descriptor", "`f0`"),
        ("{type: lld, sat: prosody}", "unknown key `sat`", "`set`"),
        ("[{type: lld, sat: prosody}]", "unknown key `sat` in `features[1]`", "`set`"),
        ("{type: mfcc, coefficients: 30}", "no mfcc_29", "bands"),
        ("{type: mfcc, coefficients: 24}", "ends at mfcc_22", "lifter"),
        ("{type: mfcc, deltas: 3}", "deltas", ""),
        ("{type: logmel, pcan: {strength: 2}}", "strength", ""),
        ("[{type: mfcc, window_ms: 25}, {type: lld, window_ms: 20}]", "the same `window_ms`", "once"),
        ("[{type: spectrogram, step: 2}, {type: mfcc}]", "141 features in a frame", "leave some out"),
    ],
)
def test_refused(tmp_path: Path, features: str, message: str, hint: str) -> None:
    with pytest.raises(VoxError) as refused:
        load(tmp_path, features)
    assert "exp.yaml:5" in refused.value.message
    assert message in refused.value.message
    assert hint in (refused.value.hint or "")
