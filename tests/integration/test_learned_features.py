"""Features that an autoencoder learned, in experiments on the host."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers.sounds import tone
from vox_embed.experiment import VoxError, load_experiment, schema
from vox_embed.features.autoencoder.settings import Architecture, Recurrent
from vox_embed.features.autoencoder.training import Run, train
from vox_embed.features.host.learned import LearnedByAutoencoder
from vox_embed.runs import evaluate_stored
from vox_embed.runs import train as train_experiment

pytest.importorskip("tensorflow", reason="training needs TensorFlow (extra `train`)")
Make = Callable[..., Path]
SMALL = {
    "window_ms": 40,
    "hop_ms": 20,
    "bands": 12,
    "length_ms": 240,
    "units": 6,
    "epochs": 6,
    "learning_rate": 0.01,
}
REST = """
features: {features}
window: {{length_ms: 120, stride_ms: 40, functionals: [mean, std]}}
model: {{type: logistic}}
"""


def section(**more: object) -> schema.LearnedFeatures:
    return schema.LearnedFeatures(**{"sample_rate": 8000, "batch_size": 8, **SMALL, **more})


def clips(count: int = 16) -> list[np.ndarray]:
    return [tone([400, 1500][i % 2], 0.2 + 0.01 * (i % 5), 8000, i) for i in range(count)]


def test_learned_alone_and_beside_others(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    corpus = make_corpus_csv()
    learned = "{type: learned, " + json.dumps(SMALL)[1:-1].replace('"', "") + "}"
    for features in (learned, f"[{{type: mfcc}}, {learned}]"):
        path = write_experiment(corpus, "test_size: 30", "", REST.format(features=features))
        settings = load_experiment(path)
        outcome = train_experiment(settings, root=tmp_path / "results")
        found = outcome.to_dict()
        assert found["integer"] is None
        assert found["float"]["accuracy"] > 0.8
        again, _ = evaluate_stored(settings, None, tmp_path / "results" / "tones" / "model.float.npz")
        assert again.reference is not None
        assert outcome.reference is not None
        np.testing.assert_array_equal(again.reference.posteriors, outcome.reference.posteriors)


def test_its_path_is_relative_to_the_experiment(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    for features in (
        "{type: learned, encoder: run/logs}",
        "[{type: mfcc}, {type: learned, encoder: run/logs}]",
    ):
        path = write_experiment(
            make_corpus_csv(folder=str(len(features))), "", "", REST.format(features=features)
        )
        found = schema.host_sections(load_experiment(path).features)[0]
        assert isinstance(found, schema.LearnedFeatures)
        assert found.encoder == tmp_path / "run" / "logs"


def test_it_learns_from_the_clips_it_is_given_alone() -> None:
    heard = clips()
    first, second, other = (LearnedByAutoencoder(section()) for _ in range(3))
    rows = np.concatenate(first.fit(heard).extract_all(heard))
    assert rows.shape == (16, first.width)
    assert first.width == len(first.names) == section().width == 6
    np.testing.assert_array_equal(np.concatenate(second.fit(heard).extract_all(heard)), rows)
    assert np.abs(np.concatenate(other.fit(heard[:8]).extract_all(heard)) - rows).max() > 1e-3
    kept = LearnedByAutoencoder(section())
    kept.restore(first.learned())
    np.testing.assert_array_equal(np.concatenate(kept.extract_all(heard)), rows)
    with pytest.raises(ValueError, match="weights"):
        LearnedByAutoencoder(section(units=7)).restore(first.learned())


def test_an_encoder_that_has_learned_before(tmp_path: Path) -> None:
    heard = clips()
    plain = LearnedByAutoencoder(section())
    data = plain.spectrograms(heard)
    assert (float(data.min()), float(data.max())) == (-1, 1)
    frames, bands = data.shape[1:]
    train(data, Architecture("t-rae", (frames, bands), Recurrent(1, 5)), Run(tmp_path / "run", 8, 2))
    given = LearnedByAutoencoder(section(encoder=str(tmp_path / "run" / "logs")))
    rows = np.concatenate(given.fit([]).extract_all(heard))
    assert rows.shape == (16, 5)
    with pytest.raises(VoxError, match="bands"):
        LearnedByAutoencoder(section(encoder=str(tmp_path / "run" / "logs"), bands=20))
    with pytest.raises(VoxError, match="holds no trained autoencoder"):
        LearnedByAutoencoder(section(encoder=str(tmp_path / "nowhere")))


@pytest.mark.parametrize(
    ("more", "says"),
    [({"hop_ms": 50}, "longer than window_ms"), ({"window_ms": 300}, "longer than length_ms")],
)
def test_settings_that_do_not_go_together(more: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        section(**more)


def test_recordings_without_labels_are_learned_from_too(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    import soundfile

    corpus = make_corpus_csv()
    more = tmp_path / "more" / "deep"
    more.mkdir(parents=True)
    for i, clip in enumerate(clips(6)):
        soundfile.write(more / f"{i}.wav", clip, 8000)
    small = json.dumps(SMALL)[1:-1].replace('"', "")
    split = "split_strategy: specified\ntest: {speaker: [dia]}"
    path = write_experiment(corpus, split, "", REST.format(features=f"{{type: learned, {small}}}"))
    models = []
    for changes in ((), (f"features.unlabelled=[{tmp_path / 'more'}]",)):
        settings = load_experiment(path, changes=changes)
        assert train_experiment(settings, root=tmp_path / "results").to_dict()["float"]["accuracy"] > 0.7
        models.append((tmp_path / "results" / "tones" / "model.float.npz").read_bytes())
    assert models[0] != models[1]
    for folder, words in ((corpus.parent, "which is a test row"), (tmp_path / "none", "no such folder")):
        with pytest.raises(VoxError, match=words):
            train_experiment(
                load_experiment(path, changes=(f"features.unlabelled=[{folder}]",)), root=tmp_path
            )
    with pytest.raises(VoxError, match="`encoder` has learned before"):
        load_experiment(path, changes=("features.unlabelled=[a]", "features.encoder=b"))
