"""`model: {type: finetune}`: the real code, on a wav2vec 2.0 so small that it is made here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_transformer import tiny_transformer
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.schema import Embedding, Finetune
from vox_embed.features.host import inputs_of
from vox_embed.gate.tables import csv_rows
from vox_embed.models.finetuned import FinetunedTransformer
from vox_embed.runs.stored import evaluate_stored
from vox_embed.runs.training import train

pytest.importorskip("transformers", reason="needs pip install 'vox-embed[transformers]'")
torch = pytest.importorskip("torch")

Make = Callable[..., Path]


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_transformer(tmp_path_factory.mktemp("transformer"), "wav2vec2")


def model(network: str, **settings: object) -> Finetune:
    given = {"type": "finetune", "model": network, "epochs": 2, "batch_size": 4, "learning_rate": 0.003}
    return Finetune.model_validate({**given, **settings})


def sounds(count: int = 12) -> tuple[list[np.ndarray], np.ndarray]:
    """Low and high buzzes."""
    rng = np.random.default_rng(3)
    labels = np.arange(count) % 2
    times = np.arange(3200) / 16000
    clips = [
        (6000 * np.sign(np.sin(2 * np.pi * (150 + 900 * y) * times)) + rng.normal(0, 300, 3200))
        for y in labels
    ]
    return [clip.astype(np.int16) for clip in clips], labels


def test_it_learns_and_is_the_same_again(network: str) -> None:
    clips, labels = sounds()
    made = [
        FinetunedTransformer(model(network, epochs=6), 16000, ("low", "high"), 7).fit(
            clips, labels, clips, labels
        )
        for _ in range(2)
    ]
    assert made[0].to_bytes() == made[1].to_bytes()
    losses = [epoch.dev_loss for epoch in made[0].history_]
    assert min(losses) < losses[0]
    best = made[0].history_[made[0].best_epoch_ - 1]
    assert best.dev_loss == min(losses)
    posteriors = made[0].float_predict_clips(clips)
    np.testing.assert_allclose(posteriors.sum(axis=1), 1, atol=1e-5)
    again = FinetunedTransformer(model("gone"), 16000, ("low", "high")).load_bytes(made[0].to_bytes())
    np.testing.assert_array_equal(again.float_predict_clips(clips), posteriors)
    alone = again.float_predict_clips(clips[3:4])
    np.testing.assert_array_equal(alone, posteriors[3:4])


def test_what_is_frozen_stays(network: str) -> None:
    clips, labels = sounds(8)
    weights = {}
    for freeze in ("none", "features", "encoder"):
        one = FinetunedTransformer(model(network, epochs=1, freeze=freeze), 16000, ("a", "b"))
        one.fit(clips, labels)
        weights[freeze] = one._arrays()
    before = FinetunedTransformer(model(network), 16000, ("a", "b"))
    from vox_embed.features.host.transformer import load

    before._take(*load(network, None, 16000))
    first = before._arrays()
    for freeze, arrays in weights.items():
        moved = {
            name.split(".")[0]
            for name, array in arrays.items()
            if not name.startswith("head.") and not np.array_equal(array, first[name])
        }
        assert ("feature_extractor" in moved) == (freeze == "none")
        assert bool(moved) == (freeze != "encoder")


def test_a_regression_learns_numbers(network: str) -> None:
    clips, labels = sounds(8)
    numbers = 2.0 + 3.0 * labels
    for loss in ("ccc", "mse", "mae"):
        one = FinetunedTransformer(
            model(network, task="regression", loss=loss, class_weight=False), 16000, ("2", "3.5", "5")
        )
        values = one.fit(clips, numbers, clips, numbers).float_values(clips)
        assert values.shape == (8,)
        assert np.isfinite(values).all()
    a, b = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0])
    from vox_embed.models.finetuned import ccc_loss

    assert float(ccc_loss(a, b)) == pytest.approx(0, abs=1e-6)
    assert float(ccc_loss(a, -b)) > 1


def test_long_clips_are_heard_in_pieces(network: str) -> None:
    clips, labels = sounds(4)
    one = FinetunedTransformer(model(network, max_duration=0.1, epochs=1), 16000, ("a", "b")).fit(
        clips, labels
    )
    whole = one.logits([clips[0]])
    parts = one.logits([clips[0][:1600], clips[0][1600:]])
    np.testing.assert_allclose(whole[0], parts.mean(axis=0), atol=1e-5)


def test_an_experiment(network: str, make_corpus_csv: Make, write_experiment: Make, tmp_path: Path) -> None:
    csv = make_corpus_csv(takes=1)
    rest = f"model: {{type: finetune, model: {network}, epochs: 1, batch_size: 4, logits: true}}"
    experiment = load_experiment(write_experiment(csv, rest=rest))
    assert experiment.features.type == "samples"  # type: ignore[union-attr]
    outcome = train(experiment, root=tmp_path / "r")
    folder = tmp_path / "r/tones"
    assert outcome.on_host
    rows = csv_rows((folder / "logits.csv").read_text())
    assert len(rows) == 10
    assert {"split", "label", "logit_low", "logit_high"} <= set(rows[0])
    assert {row["split"] for row in rows} == {"train", "dev", "test"}
    again, _ = evaluate_stored(load_experiment(folder), None, folder / "model.float.npz")
    assert again.to_dict()["float"] == outcome.to_dict()["float"]


def test_it_can_be_kept_as_others_have_it(network: str, tmp_path: Path) -> None:
    clips, labels = sounds(4)
    one = FinetunedTransformer(model(network, epochs=1), 16000, ("a", "b")).fit(clips, labels)
    one.save_pretrained(tmp_path / "kept")
    rows = inputs_of(Embedding(model=str(tmp_path / "kept"))).host[0].extract_all(clips)
    assert rows[0].shape == (1, 16)
    assert (tmp_path / "kept" / "head.safetensors").is_file()


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("model: {type: finetune}", "`model` is missing"),
        ("model: {type: finetune, model: a/b}\nfeatures: {type: mfcc}", "hears the samples themselves"),
        ("model: {type: svm}\nfeatures: {type: samples}", "cannot learn from the samples"),
        ("model: {type: finetune, model: a/b, loss: ccc}", "not for `task: classification`"),
        ("model: {type: finetune, model: a/b, push_to_hub: mine}", "push_to_hub"),
        ("model: {type: finetune, model: a/b}\naugment: {gain_db: [-3, 3]}", "augment"),
    ],
)
def test_what_does_not_fit_is_refused(rest: str, said: str, write_experiment: Make, tmp_path: Path) -> None:
    with pytest.raises(VoxError, match=said) as told:
        load_experiment(write_experiment(tmp_path / "no.csv", rest=rest))
    assert "exp.yaml:" in str(told.value)
