"""Transformers on sound: wav2vec 2.0 and its kin, Whisper's encoder, AST; from a folder or the hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.features.host.missing import missing_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

OF_WAVES = (
    "wav2vec2",
    "wav2vec2-conformer",
    "hubert",
    "wavlm",
    "unispeech",
    "unispeech-sat",
    "data2vec-audio",
    "sew",
    "sew-d",
)
"""Kinds that take samples."""
_PROCESSORS = ("Wav2Vec2FeatureExtractor", "WhisperFeatureExtractor", "ASTFeatureExtractor")
KINDS = (*OF_WAVES, "whisper", "audio-spectrogram-transformer")


class TransformerEncoder:
    """The states after one of its layers, of one clip at a time."""

    def __init__(self, settings: schema.Embedding) -> None:
        need_packages("features: type `embedding`", EXTRAS["transformers"])
        name = str(settings.model)
        self._processor, model = load(name, settings.revision, settings.sample_rate)
        import torch

        self.kind = str(model.config.model_type)
        self._device = device_of(settings.device)
        self._model = (model.get_encoder() if self.kind == "whisper" else model).to(self._device).eval()
        self._torch = torch
        config = model.config
        layers = int(getattr(config, "encoder_layers", None) or config.num_hidden_layers)
        layer = layers if settings.layer is None else settings.layer
        if not -layers - 1 <= layer <= layers:
            raise VoxError(f"features.layer: {layer}: {name} has layers 0 (before the first) to {layers}")
        self._layer = layer
        self.width = int(getattr(config, "d_model", None) or config.hidden_size)
        self.files = weights_of(name, settings.revision)
        self.what = f"{config.model_type} of {Path(name).name}, layer {layer} of {layers}"

    def states(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [samples] -> float32 [states, width]."""
        rate = self._processor.sampling_rate
        given = inputs_of(self._processor, sound, rate)
        with self._torch.inference_mode():
            found = self._model(given.to(self._device), output_hidden_states=True).hidden_states[self._layer]
        states: NDArray[np.float32] = found[0].float().cpu().numpy()
        if self.kind == "whisper":  # which hears thirty seconds, whatever there is
            states = states[: max(1, -(-len(sound) * len(states) // (30 * rate)))]
        return states


def inputs_of(processor: Any, sound: NDArray[np.float32], rate: int) -> Any:
    """What the network takes of a clip: a tensor with a first axis of 1."""
    sound = np.pad(sound, (0, max(0, rate // 20 - len(sound))))
    made = processor(sound, sampling_rate=rate, return_tensors="pt")
    return made["input_features"] if "input_features" in made else made["input_values"]


def load(name: str, revision: str | None, sample_rate: int) -> tuple[Any, Any]:
    """The feature extractor and the network, without a head. VoxError where they cannot be loaded, or do not
    fit."""
    import transformers as module

    transformers: Any = module
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    given = {"revision": revision} if revision is not None else {}
    try:
        config = transformers.AutoConfig.from_pretrained(name, **given)
        if config.model_type not in KINDS:
            raise VoxError(
                f"features.model: {name}: `{config.model_type}` is no network on sound that is known",
                f"known are {', '.join(KINDS)}",
            )
        processor = transformers.AutoFeatureExtractor.from_pretrained(name, **given)
        model = transformers.AutoModel.from_pretrained(name, use_safetensors=True, **given)
    except VoxError:
        raise
    except Exception as error:  # of safetensors and the hub, all below Exception
        raise missing_network(name, error) from None
    if processor.sampling_rate != sample_rate:
        raise VoxError(
            f"features.sample_rate: {name} hears {processor.sampling_rate} Hz, not {sample_rate}",
            f"sample_rate: {processor.sampling_rate}",
        )
    return processor, model


def build(config: dict[str, Any], processor: dict[str, Any]) -> tuple[Any, Any]:
    """The same of what they say of themselves; the weights are random. KeyError or ValueError where that is
    nothing known."""
    import transformers as module

    transformers: Any = module
    if config["model_type"] not in KINDS or processor["feature_extractor_type"] not in _PROCESSORS:
        raise ValueError(f"a network of kind {config['model_type']}")
    kind = getattr(transformers, processor["feature_extractor_type"])
    network = transformers.AutoModel.from_config(transformers.AutoConfig.for_model(**config))
    return kind.from_dict(processor), network


def weights_of(name: str, revision: str | None) -> Sequence[str]:
    """Files that decide what it computes, in order."""
    import transformers as module

    cached_file: Any = module.utils.hub.cached_file
    given = {"revision": revision} if revision is not None else {}
    config = cached_file(name, "config.json", **given)
    assert config is not None
    folder = Path(config).parent
    files = sorted(folder.glob("*.safetensors"))
    return [str(folder / "config.json"), *(str(file) for file in files)]


def device_of(wanted: str) -> str:
    """cpu or cuda. VoxError where it is not there."""
    import torch

    if wanted == "cuda" and not torch.cuda.is_available():
        raise VoxError("device: cuda: PyTorch sees none here", "device: cpu, or auto")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"
