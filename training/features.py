"""Kaldi's log-mel filterbank: as sherpa-onnx computes it at 8 kHz, and as the published network heard it at 16 kHz."""

import numpy as np
from scipy.optimize import nnls

RATE, PUBLISHED_RATE = 8000, 16000
BINS = 80
LOW_HZ = 20.0
# sherpa-onnx stops 400 Hz below half the rate; the published network's bins go all the way.
HIGH_HZ, PUBLISHED_HIGH_HZ = 3600.0, 8000.0
FLOOR = 1.1920929e-07


def mel(hz):
    return 1127.0 * np.log1p(np.asarray(hz) / 700.0)


def filters(rate=RATE, high=HIGH_HZ, count=BINS, at_rate=None):
    """Triangles evenly spaced in mel between LOW_HZ and `high`, [bins of a Fourier transform at `at_rate`, count]."""
    at_rate = at_rate or rate
    step = (mel(high) - mel(LOW_HZ)) / (BINS + 1)
    centres = np.arange(at_rate * 16 // 1000 + 1) * 31.25
    at = (mel(centres) - mel(LOW_HZ))[:, None] / step - np.arange(1, count + 1)
    triangles = np.maximum(0.0, 1.0 - np.abs(at))
    triangles[-1] = 0.0  # the bin at half the rate is not used
    return triangles


def heard_filters(count):
    """[80, count]: what makes the published network's first bins from those that sherpa-onnx computes at 8 kHz."""
    ours, theirs = filters(), filters(PUBLISHED_RATE, PUBLISHED_HIGH_HZ, count, RATE)
    return np.stack([nnls(ours, theirs[:, bin])[0] for bin in range(count)], 1)


def power(samples, rate=RATE):
    """samples [n] in [-1, 1] -> [round(n / hop), bins]; frames of 25 ms each 10 ms, edges mirrored (snip_edges off)."""
    window, hop, size = rate // 40, rate // 100, rate * 32 // 1000
    count = (len(samples) + hop // 2) // hop
    at = np.arange(count)[:, None] * hop + hop // 2 - window // 2 + np.arange(window)
    at = np.where(at < 0, -1 - at, at)
    at = np.where(at >= len(samples), 2 * len(samples) - 1 - at, at)
    frames = samples[at].astype(np.float32)
    frames -= frames.mean(1, keepdims=True)
    frames -= 0.97 * np.concatenate([frames[:, :1], frames[:, :-1]], 1)
    povey = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / (window - 1))) ** 0.85
    spectrum = np.fft.rfft(frames * povey.astype(np.float32), size, axis=1)
    return spectrum.real**2 + spectrum.imag**2


def fbank(samples, bank, rate=RATE):
    """[frames, bins of the bank], float32."""
    return np.log(np.maximum(power(samples, rate) @ bank, FLOOR)).astype(np.float32)


def held_out(speakers):
    """Those that no training hears: choices are made and thresholds set on them."""
    return sorted(speakers)[::5]
