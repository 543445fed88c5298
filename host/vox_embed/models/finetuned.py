"""A transformer on sound that is trained on, with a head of its own: PyTorch, on the host only."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vox_embed.core.grid import grid_of, nearest, posteriors_of
from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS
from vox_embed.features.corpus import CorpusProgress
from vox_embed.features.host.transformer import build, device_of, inputs_of, load
from vox_embed.gate.archive import pack, unpack
from vox_embed.models.estimator import ClipEstimator, Clips
from vox_embed.models.training.epoch import Epoch, Progress

_CONFIG, _PROCESSOR, _HEAD = "config", "processor", "head."
_THREADS = 2
"""Of PyTorch, whatever there are: sums depend on it."""


@dataclass(frozen=True, eq=False)
class _Steps:
    """What takes the steps. size: clips of one; count: of an epoch."""

    model: schema.Finetune
    optimizer: Any
    weights: list[Any]
    size: int
    count: int

    @classmethod
    def of(cls, model: schema.Finetune, modules: Sequence[Any], clips: int) -> _Steps:
        """For the weights that may learn."""
        import torch

        weights = [w for module in modules for w in module.parameters() if w.requires_grad]
        optimizer = torch.optim.AdamW(weights, lr=model.learning_rate, weight_decay=model.weight_decay)
        size = min(model.batch_size, clips)
        return cls(model, optimizer, weights, size, clips // size)

    def set_rate(self, done: int) -> None:
        """Of the next step: up over `warm_up`, then down to 0."""
        share, warm_up = done / (self.model.epochs * self.count), self.model.warm_up
        factor = share / warm_up if share < warm_up else (1 - share) / (1 - warm_up)
        for group in self.optimizer.param_groups:
            group["lr"] = self.model.learning_rate * factor


class FinetunedTransformer(ClipEstimator):
    """sample_rate: Hz of the clips. labels: of the outputs; of a regression numbers in rising order.

    Clips are heard one at a time, without padding: what a clip gives does not depend on its batch.
    """

    needs: ClassVar[tuple[str, ...]] = EXTRAS["transformers"]

    def __init__(
        self, model: schema.Finetune, sample_rate: int, labels: Sequence[str], seed: int = 7
    ) -> None:
        self.model, self.sample_rate = model, sample_rate
        self.labels, self.seed = tuple(labels), seed
        self.grid = None
        if model.task == "regression":
            self.grid = grid_of(self.labels)
            if self.grid is None:
                raise VoxError(
                    f"a regression needs numbers as labels, in rising order, not {', '.join(self.labels)}",
                    "list them in data.labels, or leave them out",
                )

    @property
    def parameters_(self) -> int:
        """Weights of the network and of the head."""
        modules = (self._network, self._head)
        return sum(int(weight.numel()) for module in modules for weight in module.parameters())

    # ---- training ------------------------------------------------------------------------------------

    def fit(  # noqa: PLR0917
        self,
        train_clips: Clips,
        train_labels: NDArray[Any],
        dev_clips: Clips = (),
        dev_labels: NDArray[Any] | None = None,
        progress: Progress | None = None,
        checkpoint: Path | None = None,
        extracting: CorpusProgress | None = None,
    ) -> FinetunedTransformer:
        """As every estimator's; nothing is taken up again from `checkpoint`."""
        del checkpoint, extracting
        import torch

        m = self.model
        torch.manual_seed(self.seed)
        torch.set_num_threads(_THREADS)
        processor, network = load(m.model, m.revision, self.sample_rate)
        self._take(processor, network)
        targets = np.asarray(train_labels, np.float64 if self.grid is not None else np.int64)
        self.scale_ = (0.0, 1.0)
        if self.grid is not None:
            self.scale_ = float(targets.mean()), float(max(targets.std(), 1e-9))
        self._freeze()
        steps = _Steps.of(m, [self._network, self._head], len(train_clips))
        history: list[Epoch] = []
        best, self.best_epoch_ = math.inf, m.epochs
        kept: dict[str, Any] = {}
        self.stopped_ = f"all {m.epochs} epochs done"
        class_weights = self._class_weights(targets)
        for epoch in range(1, m.epochs + 1):
            if len(dev_clips) and epoch - 1 - self.best_epoch_ >= m.patience and history:
                self.stopped_ = (
                    f"stopped after epoch {epoch - 1}: dev did not improve for {m.patience} epochs; epoch "
                    f"{self.best_epoch_} is kept"
                )
                break
            loss = self._epoch(epoch, train_clips, targets, steps, class_weights)
            dev_loss = dev_accuracy = float("nan")
            better = not len(dev_clips)
            if len(dev_clips):
                dev_loss, dev_accuracy = self._judge(dev_clips, np.asarray(dev_labels), class_weights)
                better = dev_loss < best
                if better:
                    best, self.best_epoch_ = dev_loss, epoch
                    kept = {name: array.copy() for name, array in self._arrays().items()}
            history.append(Epoch(epoch, m.epochs, loss, dev_loss, dev_accuracy, better))
            if progress is not None:
                progress(history[-1])
        if kept:
            self._put(kept)
        self._network.eval()
        self._head.eval()
        self.history_ = tuple(history)
        return self

    def _epoch(
        self, epoch: int, clips: Clips, targets: NDArray[Any], steps: _Steps, class_weights: Any
    ) -> float:
        """The mean loss of an epoch, from 1 on."""
        import torch

        self._network.train()
        self._head.train()
        order = np.random.default_rng([self.seed, epoch]).permutation(len(clips))
        losses = []
        for step, places in enumerate(order[: steps.count * steps.size].reshape(steps.count, steps.size)):
            steps.set_rate((epoch - 1) * steps.count + step)
            given = torch.stack([self._heard(self._piece(clips[int(i)], epoch, int(i))) for i in places])
            loss = self._loss(given, targets[places], class_weights)
            steps.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(steps.weights, 1.0)
            steps.optimizer.step()
            losses.append(float(loss.detach()))
        if not np.isfinite(losses).all():
            raise VoxError(f"training diverged in epoch {epoch}", "try a smaller model.learning_rate")
        return float(np.mean(losses))

    def _take(self, processor: Any, network: Any) -> None:
        import torch

        config = network.config
        self._about = str(config.to_json_string(use_diff=False))  # some weights are there because of them
        for name in ("mask_time_prob", "mask_feature_prob", "layerdrop", "encoder_layerdrop"):
            if hasattr(config, name):
                setattr(config, name, 0.0)  # which draw from generators of the whole process
        self._device = device_of(self.model.device)
        self._processor, self._config = processor, config
        self._network = (network.get_encoder() if config.model_type == "whisper" else network).to(
            self._device
        )
        width = int(getattr(config, "d_model", None) or config.hidden_size)
        outputs = 1 if self.grid is not None else len(self.labels)
        self._head = torch.nn.Sequential(
            torch.nn.Dropout(self.model.dropout), torch.nn.Linear(width, outputs)
        ).to(self._device)

    def _freeze(self) -> None:
        """What `freeze` names does not learn."""
        frozen: list[Any] = []
        if self.model.freeze == "encoder":
            frozen = [self._network]
        elif self.model.freeze == "features":
            names = ("feature_extractor", "conv1", "conv2", "embeddings")
            frozen = [getattr(self._network, name) for name in names if hasattr(self._network, name)]
        for module in frozen:
            for weight in module.parameters():
                weight.requires_grad_(False)

    def _class_weights(self, targets: NDArray[Any]) -> Any:
        import torch

        if self.grid is not None or not self.model.class_weight:
            return None
        counts = np.bincount(targets, minlength=len(self.labels))
        weights = len(targets) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        return torch.tensor(weights, dtype=torch.float32, device=self._device)

    def _piece(self, clip: NDArray[np.int16], epoch: int, index: int) -> NDArray[np.float32]:
        """At most max_duration, from anywhere in the clip."""
        most = round(self.model.max_duration * self.sample_rate)
        start = 0
        if len(clip) > most:
            start = int(np.random.default_rng([self.seed, epoch, index]).integers(len(clip) - most + 1))
        return clip[start : start + most].astype(np.float32) / np.float32(32768)

    def _heard(self, sound: NDArray[np.float32]) -> Any:
        """[outputs] of a piece."""
        given = inputs_of(self._processor, sound, self.sample_rate).to(self._device)
        states = self._network(given).last_hidden_state[0]
        if self._config.model_type == "whisper":
            states = states[: max(1, -(-len(sound) * len(states) // (30 * self.sample_rate)))]
        return self._head(states.mean(dim=0))

    def _loss(self, given: Any, targets: NDArray[Any], class_weights: Any) -> Any:
        import torch

        if self.grid is None:
            wanted = torch.tensor(targets, dtype=torch.long, device=self._device)
            return torch.nn.functional.cross_entropy(given, wanted, weight=class_weights)
        mean, deviation = self.scale_
        wanted = torch.tensor((targets - mean) / deviation, dtype=torch.float32, device=self._device)
        values = given[:, 0]
        kind = self.model.loss or "ccc"
        if kind == "mse":
            return torch.nn.functional.mse_loss(values, wanted)
        if kind == "mae":
            return torch.nn.functional.l1_loss(values, wanted)
        return ccc_loss(values, wanted)

    def _judge(self, clips: Clips, targets: NDArray[Any], class_weights: Any) -> tuple[float, float]:
        import torch

        given = torch.tensor(self._outputs(clips), device=self._device)
        loss = float(self._loss(given, targets, class_weights))
        if self.grid is not None:
            right = nearest(self._values(given.cpu().numpy()), self.grid) == nearest(targets, self.grid)
        else:
            right = given.argmax(dim=1).cpu().numpy() == targets
        return loss, float(right.mean())

    # ---- prediction ----------------------------------------------------------------------------------

    def _outputs(self, clips: Clips) -> NDArray[np.float32]:
        """[clips, outputs]: mean over each clip's pieces."""
        import torch

        self._network.eval()
        self._head.eval()
        most = round(self.model.max_duration * self.sample_rate)
        found = []
        with torch.inference_mode():
            for clip in clips:
                sound = clip.astype(np.float32) / np.float32(32768)
                pieces = [sound[at : at + most] for at in range(0, max(len(sound), 1), most)]
                given = np.stack([self._heard(piece).cpu().numpy() for piece in pieces])
                weights = np.array([max(len(piece), 1) for piece in pieces], np.float64)
                found.append((given * (weights / weights.sum())[:, None]).sum(axis=0))
        outputs = 1 if self.grid is not None else len(self.labels)
        return np.array(found, np.float32).reshape(-1, outputs)

    def _values(self, outputs: NDArray[np.float32]) -> NDArray[np.float64]:
        mean, deviation = self.scale_
        return outputs[:, 0].astype(np.float64) * deviation + mean

    def logits(self, clips: Clips) -> NDArray[np.float64]:
        """What the head gives: [clips, labels]; of a regression its values [clips, 1]."""
        given = self._outputs(clips)
        return given.astype(np.float64) if self.grid is None else self._values(given)[:, None]

    def float_predict_clips(self, clips: Clips) -> NDArray[np.float32]:
        """Softmax of the logits."""
        logits = self.logits(clips)
        if self.grid is not None:
            return posteriors_of(logits[:, 0], self.grid).astype(np.float32)
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        posteriors: NDArray[np.float32] = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
        return posteriors

    def float_values(self, clips: Clips) -> NDArray[np.float64]:
        """Of a regression."""
        return self.logits(clips)[:, 0]

    # ---- keeping -------------------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays = {name: w.detach().cpu().numpy() for name, w in self._network.state_dict().items()}
        head = {f"{_HEAD}{name}": w.detach().cpu().numpy() for name, w in self._head.state_dict().items()}
        return arrays | head

    def _put(self, arrays: dict[str, NDArray[Any]]) -> None:
        import torch

        tensors = {name: torch.tensor(array) for name, array in arrays.items()}
        head = {name.removeprefix(_HEAD): t for name, t in tensors.items() if name.startswith(_HEAD)}
        self._head.load_state_dict(head)
        self._network.load_state_dict({n: t for n, t in tensors.items() if not n.startswith(_HEAD)})

    def to_bytes(self) -> bytes:
        """Weights, and what the network is built by: nothing else is needed to use it again."""
        about = {
            _CONFIG: _as_array(self._about),
            _PROCESSOR: _as_array(json.dumps(self._processor.to_dict(), sort_keys=True)),
            "scale": np.array(self.scale_),
        }
        return pack(about | self._arrays())

    def load_bytes(self, data: bytes) -> FinetunedTransformer:
        """Take over what `to_bytes` gave. VoxError if it does not fit."""
        try:
            arrays = unpack(data)
            config, processor = (
                json.loads(arrays.pop(name).tobytes().decode()) for name in (_CONFIG, _PROCESSOR)
            )
            mean, deviation = arrays.pop("scale").tolist()
            self._take(*build(config, processor))
            self._put(arrays)
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise VoxError(
                f"the stored float model does not fit this experiment: {reason}", "train it again"
            ) from None
        self.scale_ = (float(mean), float(deviation))
        self._network.eval()
        self._head.eval()
        return self

    def save_pretrained(self, folder: Path) -> None:
        """The network as `transformers` has them (`features: {type: embedding, model: FOLDER}` takes it), the
        head in `head.safetensors`."""
        from safetensors.numpy import save_file

        self._network.save_pretrained(folder)
        self._processor.save_pretrained(folder)
        arrays = self._arrays()
        head = {name: np.ascontiguousarray(a) for name, a in arrays.items() if name.startswith(_HEAD)}
        save_file(head, folder / "head.safetensors", {"labels": json.dumps(self.labels)})

    def push(self) -> None:
        """To the hub, where `push_to_hub` says. VoxError where it cannot be: what was trained is kept."""
        from huggingface_hub import HfApi

        name = self.model.push_to_hub
        if name is None:
            return
        with tempfile.TemporaryDirectory() as place:
            self.save_pretrained(Path(place))
            try:
                api = HfApi()
                api.create_repo(name, exist_ok=True)
                api.upload_folder(repo_id=name, folder_path=place)
            except Exception as error:  # of the hub and of the network, all below Exception
                raise VoxError(
                    f"model.push_to_hub: {name}: {str(error).strip().splitlines()[0]}",
                    "the model is trained and kept; are you logged in (`hf auth login`)? The same command "
                    "with --resume pushes again",
                ) from None


def ccc_loss(values: Any, wanted: Any) -> Any:
    """1 less the concordance correlation coefficient (Lin 1989) of a batch."""
    import torch

    a, b = values.mean(), wanted.mean()
    covariance = ((values - a) * (wanted - b)).mean()
    spread = values.var(unbiased=False) + wanted.var(unbiased=False) + (a - b) ** 2
    return 1 - 2 * covariance / torch.clamp(spread, min=1e-8)


def _as_array(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)
