"""What a device means by refusing a request: what a vox_status is about depends on the request."""

from __future__ import annotations

from collections.abc import Mapping

from vox_embed.core import describe_status
from vox_embed.spec.link import Request
from vox_embed.spec.status import Status

_NO_MODEL = "it has no model"
_NO_CLIP = "no clip has begun"
_NO_TRANSFER = "no model is on its way to it"
_NOT_BUILT_IN = (
    "an operator or the front end of the model is not built into this firmware: export the model for the "
    "board, and flash that"
)
_NO_RUN = "no run of the network has begun"
_SENTENCES: Mapping[tuple[int, int], str] = {
    (Request.QUERY, Status.ERR_STATE): _NO_MODEL,
    (Request.STREAM, Status.ERR_STATE): _NO_MODEL,
    (Request.STREAM, Status.ERR_UNSUPPORTED): "it has no microphone, or none at the model's rate",
    (Request.CLIP_BEGIN, Status.ERR_STATE): _NO_MODEL,
    (Request.CLIP_AUDIO, Status.ERR_STATE): _NO_CLIP,
    (Request.CLIP_AUDIO, Status.ERR_ARGUMENT): "more samples than were announced, or no whole ones",
    (Request.CLIP_END, Status.ERR_STATE): "no clip has begun, or it has not come whole",
    (Request.MODEL_BEGIN, Status.ERR_STORAGE): "it has no room for a model of this size",
    (Request.MODEL_DATA, Status.ERR_STATE): _NO_TRANSFER,
    (Request.MODEL_DATA, Status.ERR_ARGUMENT): "more bytes than were announced",
    (Request.MODEL_DATA, Status.ERR_STORAGE): "its memory for models cannot be written",
    (Request.MODEL_COMMIT, Status.ERR_STATE): _NO_TRANSFER,
    (Request.MODEL_COMMIT, Status.ERR_TRUNCATED): "the model has not come whole",
    (Request.MODEL_COMMIT, Status.ERR_CRC): "the model was damaged on its way",
    (Request.MODEL_COMMIT, Status.ERR_MEMORY): "the model needs more memory than it has",
    (Request.MODEL_COMMIT, Status.ERR_UNSUPPORTED): _NOT_BUILT_IN,
    (Request.RESET, Status.ERR_STORAGE): "its memory for models cannot be written",
    (Request.RUN_BEGIN, Status.ERR_STATE): _NO_MODEL,
    (Request.RUN_BEGIN, Status.ERR_UNSUPPORTED): "it runs the network alone of bare networks only",
    (Request.RUN_INPUT, Status.ERR_STATE): _NO_RUN,
    (Request.RUN_INPUT, Status.ERR_ARGUMENT): "more bytes than the network's input has",
    (Request.RUN, Status.ERR_STATE): _NO_RUN,
    (Request.RUN, Status.ERR_TRUNCATED): "what came is not as long as the network's input",
}
_OF_ANY: Mapping[int, str] = {
    Status.ERR_ARGUMENT: "the request has a wrong length, or a value out of its range",
    Status.ERR_UNSUPPORTED: "it does not know this request",
}
"""Where no file is opened."""


def refusal(request: int, status: int) -> str:
    """The reason in words; request: a Request, or a number that a later version may know."""
    general = "" if request == Request.MODEL_COMMIT else _OF_ANY.get(status)
    return _SENTENCES.get((request, status)) or general or describe_status(status)
