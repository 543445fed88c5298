"""An encoder that learned without labels with a classic model behind it -> integers.

The encoder is that of other recurrent networks; the head takes its last state as the int8 values that it is,
and its scaler is folded into its weights.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned import Layers
from vox_embed.models.learned import LearnedClassifier
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.linears import pairs_behind
from vox_embed.program.classic.mlp import mlp_layers
from vox_embed.program.classic.scaling import Scaling, centre_and_spread
from vox_embed.program.ops import Tensor
from vox_embed.program.program import Program
from vox_embed.program.recurrent import RecurrentLowering, lower_recurrent

Floats = NDArray[np.float64]


def lower_learned(classifier: LearnedClassifier) -> Program:
    """The fitted classifier over whole windows: int8 [1, frames, bands, 1] -> posteriors."""
    if classifier.linear:
        return lower_recurrent(classifier)
    windows = classifier.representative_
    return _Lowering(classifier, windows.astype(np.float64)).program()


class _Lowering(RecurrentLowering):
    def __init__(self, classifier: LearnedClassifier, windows: Floats) -> None:
        led = classifier.with_lead(windows.astype(np.float32)).astype(np.float64)
        super().__init__(windows, led)
        self._classifier = classifier

    def program(self) -> Program:
        """Encoder, then head."""
        classifier, stride = self._classifier, self._classifier.model.stride
        self.gather(stride, classifier.windows.frames % stride)
        cells = classifier.cells_
        for place, cell in enumerate(cells):
            self.recur(cell, every=place + 1 < len(cells))
        self._head(self.last, np.concatenate([sound[:, -1] for sound in self.sounds]))
        return Program(tuple(self.tensors), tuple(self.ops), 0, len(self.tensors) - 1)

    def _head(self, state: Tensor, states: Floats) -> None:
        head, none = self._classifier.head_, np.zeros(0, np.int64)
        centre, spread = centre_and_spread(head)
        rows = head.scaled(states)
        slope = state.scale / spread
        scaling = Scaling(
            none, none, none, slope, (-state.zero_point * state.scale - centre) / spread, plain=False
        )
        chain = Chain(len(slope), state)
        if isinstance(head.model_, Layers):
            made = mlp_layers(chain, head.model_, scaling, state.zero_point, rows)
        else:
            made = pairs_behind(head, chain, scaling, rows)
        ahead = len(self.tensors) - 1
        for op in made.ops:
            self.append(
                replace(op, input=op.input + ahead, output=op.output + ahead), made.tensors[op.output]
            )
