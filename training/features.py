"""Kaldi's log-mel filterbank with the parameters that sherpa-onnx uses for a speaker model of 8 kHz (numpy only)."""

import numpy as np

RATE = 8000
WINDOW = 200
HOP = 80
FFT = 256
BINS = 80
LOW_HZ, HIGH_HZ = 20.0, 3600.0
FLOOR = 1.1920929e-07
# Frames this far under the loudest are silence: 30 dB in nepers of power.
GATE = 30 / 10 * np.log(10)


def mel(hz):
    return 1127.0 * np.log1p(np.asarray(hz) / 700.0)


def filters(warp=1.0):
    """[FFT / 2 + 1, BINS] triangles, evenly spaced in mel. A warp moves what stood at f to f * warp: another head."""
    step = (mel(HIGH_HZ) - mel(LOW_HZ)) / (BINS + 1)
    centres = np.arange(FFT // 2 + 1) * RATE / FFT
    at = (mel(np.minimum(centres * warp, RATE / 2)) - mel(LOW_HZ))[:, None] / step - np.arange(1, BINS + 1)
    triangles = np.maximum(0.0, 1.0 - np.abs(at))
    triangles[-1] = 0.0  # the bin at half the rate is not used
    return triangles.astype(np.float64)


_POVEY = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / (WINDOW - 1))) ** 0.85


def power(samples):
    """samples [n] in [-1, 1] -> [round(n / HOP), FFT / 2 + 1]; edges are mirrored (snip_edges off)."""
    count = (len(samples) + HOP // 2) // HOP
    at = np.arange(count)[:, None] * HOP + HOP // 2 - WINDOW // 2 + np.arange(WINDOW)
    at = np.where(at < 0, -1 - at, at)
    at = np.where(at >= len(samples), 2 * len(samples) - 1 - at, at)
    frames = samples[at].astype(np.float32)
    frames -= frames.mean(1, keepdims=True)
    frames -= 0.97 * np.concatenate([frames[:, :1], frames[:, :-1]], 1)
    return np.abs(np.fft.rfft(frames * _POVEY, FFT, axis=1)) ** 2


_PLAIN = filters()


def fbank(samples, bank=_PLAIN):
    return np.log(np.maximum(power(samples) @ bank, FLOOR)).astype(np.float32)


def loud(features):
    """Which frames [T] are within GATE of the 95th percentile: the gate that the model itself applies, see export.py."""
    energy = np.log(np.exp(features.astype(np.float64)).sum(1))
    return energy > np.sort(energy)[::-1][int(0.05 * len(energy))] - GATE


def held_out(speakers):
    """Those that no training hears: choices are made and thresholds set on them."""
    return sorted(speakers)[::5]
