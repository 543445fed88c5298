"""Descriptors in float64, from their definitions in docs/features.md; shares no code with the library."""

import logmel_float64 as base
import numpy as np

FULL_SCALE = 32768.0


def frames_of(samples, window, hop, offset=0, span=None):
    span = span or window
    x = np.asarray(samples, np.float64)
    if len(x) < span:
        return np.zeros((0, window))
    return np.lib.stride_tricks.sliding_window_view(x, span)[::hop, offset : offset + window]


class Reference:
    """All descriptors of a clip. settings: those of logmel_float64.energies."""

    def __init__(self, samples, *, lifter=22, span=None, pcan=None, noise=None, **settings):
        self.settings, self.lifter = settings, lifter
        s = settings
        self.rate, self.size = s["sample_rate"], s["fft_size"]
        self.window, self.hop = s["window"], s["hop"]
        span = span or self.window
        self.frames = frames_of(samples, self.window, self.hop, (span - self.window) // 2, span)
        self.taper = base.taper(self.window, s["kind"])
        self.power = np.abs(np.fft.rfft(self.frames * self.taper, self.size)) ** 2
        self.hz = np.arange(self.size // 2 + 1) * self.rate / self.size
        matrix = base.mel_matrix(self.rate, self.size, s["bands"], s["fmin"], s["fmax"], mel=s["mel"])
        energy = self.power @ matrix.T
        if noise:
            energy = noise_reduced(energy, **noise)
        self.logmel = pcan_of(energy, **pcan) if pcan else np.log2(np.maximum(energy, 1.0))

    def band(self, low, high, *, closed=False):
        upper = self.hz <= high + 1e-6 if closed else self.hz < high - 1e-6
        return (self.hz >= low - 1e-6) & upper

    def value(self, name):
        if name.endswith("_delta2"):
            return delta(self.value(name[:-1]))
        if name.endswith("_delta"):
            return delta(self.value(name.removesuffix("_delta")))
        kind, _, number = name.rpartition("_")
        if kind == "logmel":
            return self.logmel[:, int(number)]
        if kind == "mfcc":
            return self.mfcc(int(number))
        if kind == "rolloff":
            return self.roll_off(int(number) / 100)
        return getattr(self, name)()

    def mfcc(self, i):
        bands = self.logmel.shape[1]
        dct = np.sqrt(2 / bands) * np.cos(np.pi * i * (np.arange(bands) + 0.5) / bands)
        lift = 1 + self.lifter / 2 * np.sin(np.pi * i / self.lifter) if self.lifter else 1.0
        return self.logmel * np.log(2) @ dct * lift

    def spectrum(self, i, step, first):
        return np.log2(np.maximum(self.power[:, first + i * step : first + (i + 1) * step].sum(1), 1.0))

    def loudness(self):
        s = self.settings
        edges = base._mel_to_hz(
            np.linspace(*base._hz_to_mel([s["fmin"], s["fmax"]], s["mel"]), s["bands"] + 2), s["mel"]
        )
        f2 = edges[1:-1] ** 2
        equal = (f2 / (f2 + 1.6e5)) ** 2 * (f2 + 1.44e6) / (f2 + 9.61e6)
        usual = 512 * np.sum(base.taper(320, "hamming") ** 2)
        gain = usual / (self.size * np.sum(self.taper**2))
        return 6.53e-5 * ((2.0**self.logmel * equal * gain) ** 0.33).sum(1)

    def energy(self):
        return np.log2(np.maximum((self.frames**2).mean(1), 1.0))

    def zero_crossings(self):
        return ((self.frames[:, 1:] < 0) != (self.frames[:, :-1] < 0)).mean(1)

    def centroid(self):
        return self.power @ self.hz / np.maximum(self.power.sum(1), 1e-30)

    def roll_off(self, share):
        sums = np.cumsum(self.power, axis=1)
        return self.hz[np.argmax(sums > share * sums[:, -1:], axis=1)]  # 0 for silence

    def entropy(self):
        p = self.power / np.maximum(self.power.sum(1, keepdims=True), 1e-30)
        return -(p * np.log2(np.maximum(p, 1e-300))).sum(1)

    def harmonicity(self):
        return np.abs(np.diff(self.power, axis=1)).sum(1) / np.maximum(2 * self.power.sum(1), 1e-30)

    def flatness(self):
        mean = self.power.mean(1, keepdims=True)
        geometric = np.log2(np.maximum(np.maximum(self.power, mean / 2**16), 1.0)).mean(1)
        arithmetic = np.log2(np.maximum(self.power.sum(1), 1.0) / self.power.shape[1])
        return np.minimum(10 * np.log10(2) * (geometric - arithmetic), 0.0)

    def _slope(self, low, high):
        bins = self.band(low, high, closed=True)
        f, n = self.hz[bins], bins.sum() - 1  # intervals, as openSMILE counts
        level = 10 * np.log10(np.maximum(self.power[:, bins], 1.0) / 2.0**30)
        return 1000 * (n * level @ f - f.sum() * level.sum(1)) / (n * (f @ f) - f.sum() ** 2)

    def slope_0_500(self):
        return self._slope(0, 500)

    def slope_500_1500(self):
        return self._slope(500, 1500)

    def _db(self, above, below):
        return 10 * np.log10(np.maximum(above, 1.0) / np.maximum(below, 1.0))

    def alpha_ratio(self):
        low, high = self.band(0, 1000), self.band(1000, 5000, closed=True)
        return self._db(self.power[:, high].sum(1), self.power[:, low].sum(1))

    def hammarberg(self):
        low, high = self.band(0, 2000), self.band(2000, 5000, closed=True)
        return self._db(self.power[:, low].max(1), self.power[:, high].max(1))

    def flux(self):
        magnitude = np.sqrt(self.power[:, self.band(0, 5000, closed=True)]) / FULL_SCALE
        change = np.diff(magnitude, axis=0, prepend=magnitude[:1])
        return np.sqrt((change**2).mean(1))


def delta(x, span=2):
    """Regression slope over the last 2 * span + 1 frames; the first frame has been there for ever."""
    padded = np.concatenate([np.repeat(x[:1], 2 * span, axis=0), x])
    n = np.arange(-span, span + 1)
    return np.array([n @ padded[t : t + 2 * span + 1] for t in range(len(x))]) / (n @ n)


def _mean(energy, smooth):
    out = np.empty_like(energy)
    for t, e in enumerate(energy):
        out[t] = e if t == 0 else (1 - smooth) * out[t - 1] + smooth * e
    return out


def noise_reduced(energy, smooth, least):
    energy = np.maximum(energy, 1.0)
    return np.maximum(np.maximum(energy - _mean(energy, smooth), least * energy), 1.0)


def pcan_of(energy, smooth, strength, offset, floor):
    energy = np.maximum(energy, 1.0)
    gain = np.maximum(_mean(energy, smooth), floor) ** strength
    return np.log2(energy / gain / offset + 1.0)
