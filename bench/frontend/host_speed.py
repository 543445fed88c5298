"""Speed of log-mel extraction on this machine, one thread, against librosa on the same sounds.

python bench/frontend/host_speed.py            # a minute of noise in clips of one second
python bench/frontend/host_speed.py a.wav ...  # these files, resampled to 16 kHz beforehand
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"  # one thread for both sides; read when numpy is imported

import numpy as np  # noqa: E402

from vox_embed.features import LogMel  # noqa: E402

RATE = 16000
WINDOW, HOP, FFT, BANDS = 480, 320, 512, 40


def load(paths: list[str]) -> list[np.ndarray]:
    if not paths:
        noise = np.random.default_rng(0).normal(0, 2000, (60, RATE))
        return list(np.round(noise).astype(np.int16))
    import soundfile
    import soxr

    clips = []
    for path in paths:
        sound, rate = soundfile.read(path, always_2d=True)
        mono = soxr.resample(sound.mean(axis=1), rate, RATE)
        clips.append(np.round(np.clip(mono, -1, 1) * 32767).astype(np.int16))
    return clips


def best_seconds(work: Callable[[np.ndarray], object], clips: list[np.ndarray], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for clip in clips:
            work(clip)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    clips = load(args.files)
    duration = sum(map(len, clips)) / RATE
    logmel = LogMel(RATE, WINDOW, HOP, FFT, BANDS, 20, RATE / 2)
    ours = duration / best_seconds(logmel.extract, clips, args.rounds)

    import librosa

    floats = [clip.astype(np.float32) / 32768 for clip in clips]
    matrix = librosa.filters.mel(
        sr=RATE, n_fft=FFT, n_mels=BANDS, fmin=20, fmax=RATE / 2, htk=True, norm=None
    )

    def usual(clip: np.ndarray) -> np.ndarray:
        mel = librosa.feature.melspectrogram(
            y=clip, sr=RATE, n_fft=FFT, hop_length=HOP, win_length=WINDOW, center=False, n_mels=BANDS, fmin=20
        )
        return librosa.power_to_db(mel)

    def bare(clip: np.ndarray) -> np.ndarray:
        spectrum = librosa.stft(clip, n_fft=FFT, hop_length=HOP, win_length=WINDOW, center=False)
        return np.log2(np.maximum(matrix @ (np.abs(spectrum) ** 2), 1e-10))

    theirs = {
        name: duration / best_seconds(work, floats, args.rounds)
        for name, work in (("melspectrogram", usual), ("bare", bare))
    }
    if args.json:
        print(json.dumps({"real_time": round(ours), **{name: round(x) for name, x in theirs.items()}}))
        return
    print(f"{len(clips)} clips, {duration:.1f} s: {ours:.0f} x real time")
    usual_speed, bare_speed = theirs["melspectrogram"], theirs["bare"]
    print(
        f"librosa.feature.melspectrogram + power_to_db: {usual_speed:.0f} x, ratio {ours / usual_speed:.1f}"
    )
    print(f"librosa.stft, a ready mel matrix, log2: {bare_speed:.0f} x, ratio {ours / bare_speed:.1f}")


if __name__ == "__main__":
    main()
