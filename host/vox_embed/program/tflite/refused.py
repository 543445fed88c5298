"""Why a layer cannot be carried over, and what to do instead."""

from __future__ import annotations

from vox_embed.program.tflite.graph import Graph, Operator
from vox_embed.program.tflite.lowering import FULL_INTEGER

_SIGNAL = (
    "that is the front end: cut the network behind it, and let `features` of the experiment compute what "
    "it takes (`type: micro` is TensorFlow Lite Micro's own front end)"
)
_LOOP = "unroll it: `unroll=True` of a Keras layer, or one step a run with the state as variables"
_DETECTION = "cut it off: the network ends with the boxes and scores that it is made from"
_FLEX = "convert with TFLITE_BUILTINS_INT8 alone, without SELECT_TF_OPS"
_HINTS = {
    "WHILE": _LOOP,
    "IF": "both branches are run on a microcontroller: choose by arithmetic, or export one",
    "BIDIRECTIONAL_SEQUENCE_LSTM": "it needs the whole future: use one direction",
    "BIDIRECTIONAL_SEQUENCE_RNN": "it needs the whole future: use one direction",
    "RNN": _LOOP,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _LOOP,
    "STABLEHLO_COMPOSITE": "convert with tf.lite.TFLiteConverter to builtin operators",
    "EMBEDDING_LOOKUP": "look it up before the network",
    "NON_MAX_SUPPRESSION_V5": _DETECTION,
}
_CUSTOM = {
    "Signal": _SIGNAL,
    "Flex": _FLEX,
    "ethos-u": "it was compiled for an Ethos-U: import the .tflite that Vela was given",
    "TFLite_Detection_PostProcess": _DETECTION,
    "AudioSpectrogram": _SIGNAL,
    "Mfcc": _SIGNAL,
}


def hint_of(op: Operator, supported: str) -> str:
    """What to do about an operator that is not supported."""
    if op.name.startswith("CUSTOM"):
        custom = op.name.removeprefix("CUSTOM").strip()
        for start, hint in _CUSTOM.items():
            if custom.startswith(start):
                return hint
        return "an operator of its maker's own: replace it by builtin ones"
    return _HINTS.get(op.name, supported)


_WEIGHTS_AT = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1, "FULLY_CONNECTED": 1, "TRANSPOSE_CONV": 1, "SVDF": 1}


def other_reason(graph: Graph, op: Operator) -> tuple[str, str] | None:
    """Of a layer with weights that gives float32 or int16: how its network was converted, and what to do.
    None of others.
    """
    if op.name not in _WEIGHTS_AT:
        return None
    kind, gives = graph.value(op.inputs[_WEIGHTS_AT[op.name]]), graph.value(op.outputs[0]).type
    if gives == "int16" and kind.type not in ("int8", "int4"):
        return f"its values are int16 and its weights `{kind.name}` {kind.type}, not int8", FULL_INTEGER
    if gives != "float32":
        return None
    stored = graph.value(_before_dequantize(graph, op.inputs[_WEIGHTS_AT[op.name]])).type
    if stored in ("int8", "int4", "uint8"):
        how = f"its weights `{kind.name}` are {stored} and its values float32 (dynamic range quantisation)"
    else:
        how = f"its weights `{kind.name}` are {stored} and its values float32, not int8"
    return how, FULL_INTEGER


def _before_dequantize(graph: Graph, index: int) -> int:
    for op in graph.operators:
        if op.name == "DEQUANTIZE" and op.outputs == (index,):
            return op.inputs[0]
    return index
