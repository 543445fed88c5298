"""The autoencoders in Keras.

An encoder's representation is tanh of a dense map of the last states of its layers; it is the first state of
the decoder, which predicts what the encoder heard, last step first, and is given the true step before
(teacher forcing). After Freitag et al. 2018 (JMLR 18) and Amiriparian et al. 2017 (DCASE).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vox_embed.features.autoencoder.settings import Architecture, Recurrent, Windows
from vox_embed.features.backend import load_tensorflow

Tensor = Any


class Draws:
    """Random numbers of a step of training: the same for the same seed, whatever ran before."""

    def __init__(self, seed: Tensor) -> None:
        self._seed = seed  # int32 [2]
        self._count = 0

    def uniform(self, shape: Tensor) -> Tensor:
        """Within 0 .. 1."""
        import tensorflow as tf

        self._count += 1
        return tf.random.stateless_uniform(shape, seed=self._seed + tf.constant([0, 7919 * self._count]))

    def kept(self, values: Tensor, share: float) -> Tensor:
        """Dropout."""
        import tensorflow as tf

        if share >= 1:
            return values
        return tf.where(self.uniform(tf.shape(values)) < share, values / share, 0.0)


class Codec:
    """A recurrent encoder and decoder of sequences [batch, steps, width]."""

    def __init__(self, settings: Recurrent, width: int, name: str) -> None:
        load_tensorflow()
        import keras

        self.settings = settings
        self.width = width

        def stacks(directions: int, role: str) -> list[list[Any]]:
            kind = keras.layers.GRUCell if settings.cell == "GRU" else keras.layers.LSTMCell
            return [
                [
                    keras.layers.RNN(
                        kind(settings.units, name=f"{name}_{role}{d}_{n}_cell"),
                        return_sequences=True,
                        return_state=True,
                        name=f"{name}_{role}{d}_{n}",
                    )
                    for n in range(settings.layers)
                ]
                for d in range(directions)
            ]

        self._encoders = stacks(2 if settings.bidirectional_encoder else 1, "encoder")
        self._decoders = stacks(2 if settings.bidirectional_decoder else 1, "decoder")
        self._map = keras.layers.Dense(settings.state, activation="tanh", name=f"{name}_representation")
        self._outputs = [
            keras.layers.Dense(width, name=f"{name}_output{d}") for d in range(len(self._decoders))
        ]

    @property
    def layers(self) -> list[Any]:
        """All Keras layers, always in the same order."""
        stacked = [
            layer for stacks in (self._encoders, self._decoders) for stack in stacks for layer in stack
        ]
        return [*stacked, self._map, *self._outputs]

    def encode(self, steps: Tensor, draws: Draws | None = None) -> Tensor:
        """[batch, steps, width] -> representation [batch, state]. draws: while training."""
        import tensorflow as tf

        if draws is not None and self.settings.encoder_noise > 0:
            heard = draws.uniform(tf.shape(steps)[:2]) >= self.settings.encoder_noise
            steps = tf.where(heard[..., None], steps, 0.0)
        if draws is not None:
            steps = draws.kept(steps, self.settings.keep_prob)
        states: list[Tensor] = []
        for direction, stack in enumerate(self._encoders):
            values = tf.reverse(steps, [1]) if direction else steps
            for rnn in stack:
                values, *last = rnn(values)
                states += last
                if draws is not None:
                    values = draws.kept(values, self.settings.keep_prob)
        return self._map(tf.concat(states, axis=1))

    def decode(self, representation: Tensor, targets: Tensor, draws: Draws | None = None) -> Tensor:
        """Predictions of `targets` [batch, steps, width] by decoders that begin with the representation; the
        mean of both directions where there are two."""
        import tensorflow as tf

        states = tf.split(representation, self._state_sizes(), axis=1)
        each = len(states) // len(self._decoders)
        sums: Tensor = 0.0
        for direction, (stack, output) in enumerate(zip(self._decoders, self._outputs, strict=True)):
            wanted = tf.reverse(targets, [1]) if direction else targets
            before = tf.pad(wanted[:, :-1], [[0, 0], [1, 0], [0, 0]])
            if draws is not None:
                before = draws.kept(before, self.settings.keep_prob)
            own = states[direction * each : (direction + 1) * each]
            if draws is not None and self.settings.feed_previous > 0:
                made = self._fed(stack, output, own, before, draws)
            else:
                made = output(self._run(stack, own, before, draws))
            sums += tf.reverse(made, [1]) if direction else made
        return sums / len(self._decoders)

    def _state_sizes(self) -> list[int]:
        return [self.settings.units] * (self.settings.state // self.settings.units)

    def _per_layer(self, states: list[Tensor]) -> list[list[Tensor]]:
        each = 2 if self.settings.cell == "LSTM" else 1
        return [states[i : i + each] for i in range(0, len(states), each)]

    def _run(self, stack: list[Any], states: list[Tensor], values: Tensor, draws: Draws | None) -> Tensor:
        for rnn, first in zip(stack, self._per_layer(states), strict=True):
            values, *_ = rnn(values, initial_state=first if len(first) > 1 else first[0])
            if draws is not None:
                values = draws.kept(values, self.settings.keep_prob)
        return values

    def _fed(
        self, stack: list[Any], output: Any, states: list[Tensor], before: Tensor, draws: Draws
    ) -> Tensor:
        """Step by step, with the decoder's own last output in some of the steps."""
        import tensorflow as tf

        shape = tf.shape(before)
        own = draws.uniform(shape[:2]) < self.settings.feed_previous
        kept = [
            draws.kept(tf.ones([shape[1], shape[0], self.settings.units]), self.settings.keep_prob)
            for _ in stack
        ]

        def step(carried: tuple[Tensor, ...], given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            last, flat = carried[0], list(carried[1:])
            true, fed, *masks = given
            values = tf.where(fed[:, None], last, true)
            new: list[Tensor] = []
            for rnn, state, mask in zip(stack, self._per_layer(flat), masks, strict=True):
                values, following = rnn.cell(values, state)
                new += following if isinstance(following, list | tuple) else [following]
                values = values * mask
            return (output(values), *new)

        along = (tf.transpose(before, [1, 0, 2]), tf.transpose(own), *kept)
        start = (tf.zeros_like(before[:, 0]), *states)
        made = tf.scan(step, along, initializer=start)[0]
        made.set_shape([None, None, self.width])
        return tf.transpose(made, [1, 0, 2])


def rmse(predicted: Tensor, wanted: Tensor) -> Tensor:
    """Root of the mean squared error."""
    import tensorflow as tf

    return tf.sqrt(tf.reduce_mean(tf.square(predicted - wanted)) + 1e-12)


class TimeAutoencoder:
    """t-rae: the frames of a spectrogram are the steps."""

    def __init__(self, of: Architecture) -> None:
        assert of.time is not None
        self._codec = Codec(of.time, of.shape[1], "time")

    @property
    def layers(self) -> list[Any]:
        """All Keras layers."""
        return self._codec.layers

    def features(self, data: Tensor) -> Tensor:
        """[batch, time, freq] -> [batch, features]."""
        return self._codec.encode(data)

    def loss(self, data: Tensor, draws: Draws) -> Tensor:
        """Of a batch."""
        import tensorflow as tf

        wanted = tf.reverse(data, [1])
        return rmse(self._codec.decode(self._codec.encode(data, draws), wanted, draws), wanted)


class FrequencyAutoencoder:
    """f-rae: windows along the frequencies of a frame are the steps; each frame is an example of its own."""

    def __init__(self, of: Architecture) -> None:
        assert of.freq is not None
        assert of.windows is not None
        self._windows = of.windows
        self._shape = of.shape
        self._codec = Codec(of.freq, of.windows.width, "freq")

    @property
    def layers(self) -> list[Any]:
        """All Keras layers."""
        return self._codec.layers

    def features(self, data: Tensor) -> Tensor:
        """[batch, time, freq] -> [batch, time, features]."""
        import tensorflow as tf

        made = self._codec.encode(framed(data, self._windows, self._shape))
        return tf.reshape(made, [-1, self._shape[0], self._codec.settings.state])

    def loss(self, data: Tensor, draws: Draws) -> Tensor:
        """Of a batch."""
        import tensorflow as tf

        steps = framed(data, self._windows, self._shape)
        wanted = tf.reverse(steps, [1])
        return rmse(self._codec.decode(self._codec.encode(steps, draws), wanted, draws), wanted)


class FrequencyTimeAutoencoder:
    """ft-rae: what the frequency encoder makes of a frame is a step of the time encoder; what the time
    decoder gives at a step is the first state of the frequency decoder. One loss: of all frames' windows."""

    def __init__(self, of: Architecture) -> None:
        assert of.time is not None
        assert of.freq is not None
        assert of.windows is not None
        self._windows = of.windows
        self._shape = of.shape
        self._freq = Codec(of.freq, of.windows.width, "freq")
        self._time = Codec(of.time, of.freq.state, "time")

    @property
    def layers(self) -> list[Any]:
        """All Keras layers."""
        return [*self._freq.layers, *self._time.layers]

    def _frames(self, steps: Tensor, draws: Draws | None) -> Tensor:
        import tensorflow as tf

        return tf.reshape(self._freq.encode(steps, draws), [-1, self._shape[0], self._freq.settings.state])

    def features(self, data: Tensor) -> Tensor:
        """[batch, time, freq] -> [batch, features]."""
        return self._time.encode(self._frames(framed(data, self._windows, self._shape), None))

    def loss(self, data: Tensor, draws: Draws) -> Tensor:
        """Of a batch."""
        import tensorflow as tf

        steps = framed(data, self._windows, self._shape)
        frames = self._frames(steps, draws)
        backwards = tf.reverse(frames, [1])
        made = tf.tanh(self._time.decode(self._time.encode(frames, draws), backwards, draws))
        made = tf.reshape(tf.reverse(made, [1]), [-1, self._freq.settings.state])
        wanted = tf.reverse(steps, [1])
        return rmse(self._freq.decode(made, wanted, draws), wanted)


def framed(data: Tensor, windows: Windows, shape: tuple[int, int]) -> Tensor:
    """[batch, time, freq] -> windows along frequency, [batch * time, windows, width]."""
    import tensorflow as tf

    cut = tf.signal.frame(data, windows.width, windows.width - windows.overlap, axis=2)
    return tf.reshape(cut, [-1, windows.count(shape[1]), windows.width])


Autoencoder = TimeAutoencoder | FrequencyAutoencoder | FrequencyTimeAutoencoder
_MADE: dict[str, Callable[[Architecture], Autoencoder]] = {
    "t-rae": TimeAutoencoder,
    "f-rae": FrequencyAutoencoder,
    "ft-rae": FrequencyTimeAutoencoder,
}


def build(of: Architecture) -> Autoencoder:
    """The autoencoder, its weights drawn; they exist once it has seen a batch."""
    load_tensorflow()
    import tensorflow as tf

    made = _MADE[of.kind](of)
    made.loss(tf.zeros([1, *of.shape]), Draws(tf.constant([0, 0])))
    return made


def variables(autoencoder: Autoencoder) -> list[Any]:
    """Its weights, always in the same order."""
    return [variable for layer in autoencoder.layers for variable in layer.trainable_variables]
