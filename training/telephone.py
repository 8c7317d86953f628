"""What telephone lines do to speech: each call draws another line."""

import io

import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from features import RATE


def _through(samples, container, coding):
    """Coded and decoded by libsndfile."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=container, subtype=coding)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    decoded = decoded[: len(samples)]
    return np.pad(decoded, (0, len(samples) - len(decoded)))


CODECS = [("WAV", "ULAW"), ("WAV", "ALAW"), ("WAV", "GSM610"), ("AU", "G721_32")]


def codec(samples, random, names=CODECS):
    return _through(np.clip(samples, -1, 1), *names[random.integers(len(names))])


def reverberant(samples, random):
    decay = random.uniform(0.1, 0.5)
    at = np.arange(int(decay * RATE)) / RATE
    response = random.standard_normal(len(at)) * np.exp(-6.9 * at / decay) * random.uniform(0.1, 0.5)
    response[0] = 1.0
    return fftconvolve(samples, response)[: len(samples)]


def coloured(samples, random):
    tilt = random.uniform(-0.5, 0.5)
    samples = lfilter([1, tilt], [1], samples)
    hz, gain, width = random.uniform(300, 3300), random.uniform(-8, 8), random.uniform(0.7, 2)
    # A peaking filter (R. Bristow-Johnson, Audio EQ Cookbook).
    w, a = 2 * np.pi * hz / RATE, 10 ** (gain / 40)
    alpha = np.sin(w) / (2 * width)
    b = [1 + alpha * a, -2 * np.cos(w), 1 - alpha * a]
    return lfilter(b, [1 + alpha / a, -2 * np.cos(w), 1 - alpha / a], samples)


def noisy(samples, random, babble):
    """With coloured noise, or what others say, 5 to 20 dB under the speech."""
    if random.random() < 0.4:
        noise = np.zeros(len(samples))
        for _ in range(random.integers(3, 7)):
            other = babble[random.integers(len(babble))]
            noise += np.resize(np.roll(other, random.integers(len(other))), len(samples))
    else:
        noise = lfilter([1], [1, -random.uniform(-0.3, 0.97)], random.standard_normal(len(samples)))
    level = 10 ** (-random.uniform(5, 20) / 20)
    return samples + noise * level * samples.std() / (noise.std() + 1e-9)


def lossy(samples, random):
    """Packets of 20 ms lost, each filled with the one before it, fainter."""
    packet, samples = RATE // 50, samples.copy()
    for i in range(1, len(samples) // packet):
        if random.random() < 0.03:
            samples[i * packet : (i + 1) * packet] = 0.5 * samples[(i - 1) * packet : i * packet]
    return samples


def telephone(samples, random, babble):
    """samples [n] at 8 kHz -> as many, through a line of its own."""
    if random.random() < 0.35:
        samples = reverberant(samples, random)
    if random.random() < 0.5:
        samples = coloured(samples, random)
    if random.random() < 0.6:
        samples = noisy(samples, random, babble)
    if random.random() < 0.5:
        band = [random.uniform(200, 350), random.uniform(3200, 3600)]
        samples = sosfilt(butter(random.integers(2, 5), band, "bandpass", fs=RATE, output="sos"), samples)
    samples = samples / (np.abs(samples).max() + 1e-9) * 10 ** (random.uniform(-24, 0) / 20)
    if random.random() < 0.6:
        samples = codec(samples, random)
    if random.random() < 0.15:
        samples = lossy(samples, random)
    return samples.astype(np.float32)
