"""Opening a .vxm that came from somewhere: the one way to a `Model` that may be shown and exported."""

from __future__ import annotations

from pathlib import Path

from vox_embed.core import CoreError, Model
from vox_embed.core.grid import meta_of
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_bytes
from vox_embed.gate.limits import MODEL_BYTES
from vox_embed.gate.text import UnfitTextError, admit
from vox_embed.spec.model_format import MAX_LABEL_BYTES


def read_vxm(path: Path) -> bytes:
    """The content of a .vxm, not opened yet. VoxError where it cannot be read."""
    try:
        return read_bytes(path, MODEL_BYTES)
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror or error}", "give a .vxm file or a results folder") from None


def open_any(data: bytes, name: str) -> Model:
    """A model that hears or a bare network. name: for messages.

    Raises VoxError where it is damaged or of another version, where a label is no text that is admitted
    (gate/text.py), or META no small JSON object.
    """
    if len(data) > MODEL_BYTES:
        raise VoxError(f"{name}: larger than {MODEL_BYTES >> 20} MiB", "no device has room for such a model")
    try:
        model = Model(data)
    except CoreError as error:
        code, text = error.args
        raise VoxError(
            f"{name}: not a sound model: {text} ({code})", "train or export it again, or copy it again"
        ) from None
    try:
        for label in model.labels:
            admit(label, MAX_LABEL_BYTES)
    except UnfitTextError as error:
        raise VoxError(f"{name}: a label {error}", "do not trust this model; train it again") from None
    except UnicodeDecodeError:
        raise VoxError(
            f"{name}: a label is no valid UTF-8", "do not trust this model; train it again"
        ) from None
    try:
        meta_of(model)
    except ValueError as error:
        raise VoxError(f"{name}: its META cannot be read: {error}", "train or export it again") from None
    return model


def open_model(data: bytes, name: str) -> Model:
    """The same; VoxError for a bare network too."""
    model = open_any(data, name)
    if not model.hears:
        raise VoxError(f"{name}: a bare network without a front end: there is no sound to run it on")
    return model
