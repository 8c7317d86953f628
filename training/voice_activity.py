"""Speech and Silero -> a small network that hears where somebody speaks, on the filterbank of the speaker model.

python voice_activity.py SPEECH silero_vad_v5.onnx OUT.onnx. Silero (16 kHz, a look each 32 ms) says of speech, as it is and through
telephone lines, with pauses, where it is; of tones, chords, music, ringing, noise and crowds the answer is nowhere. The
network looks at three seconds at once and says of each 20 ms how likely it is speech.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import soundfile
import torch
from onnx import helper
from scipy.signal import lfilter, resample_poly
from torch import nn
from torch.nn import functional as F

from export import METADATA
from features import RATE, fbank, filters, held_out
from telephone import telephone

SEED = 5
SECONDS, FRAMES, LOOKS = 3, 300, 150
CHANNELS, DILATIONS = 64, (1, 2, 4, 8)
STEPS, BATCH, LEARNING_RATE = 3000, 64, 2e-3
# Of each voice, and of nobody's for each voice.
COPIES, NOBODYS = 3, 6


class Silero:
    """Probabilities of speech, one each 32 ms."""

    def __init__(self, file):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(file), options)

    def __call__(self, samples):
        wide = resample_poly(samples, 2, 1).astype(np.float32)
        state, context, said = np.zeros((2, 1, 128), np.float32), np.zeros((1, 64), np.float32), []
        for at in range(0, len(wide) - 511, 512):
            look = np.concatenate([context, wide[None, at : at + 512]], 1)
            context = look[:, -64:]
            out, state = self.session.run(None, {"input": look, "state": state, "sr": np.array(16000)})
            said.append(out[0, 0])
        return np.array(said, np.float32)


def each_20_ms(said, length):
    """[looks of 32 ms] -> [length / 20 ms]."""
    centres = (np.arange(round(length * 50 / RATE)) + 0.5) * 0.02
    return np.interp(centres, (np.arange(len(said)) + 0.5) * 0.032, said).astype(np.float32)


class Detector(nn.Module):
    """x [B, 300, 80], log power of each bin -> logits [B, 150]."""

    def __init__(self):
        super().__init__()
        self.start = nn.Conv1d(80, CHANNELS, 5, 2, 2)
        self.along = nn.ModuleList(
            nn.Conv1d(CHANNELS, CHANNELS, 5, padding=2 * d, dilation=d, groups=CHANNELS) for d in DILATIONS
        )
        self.across = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, 1) for _ in DILATIONS)
        self.end = nn.Conv1d(CHANNELS, 1, 1)

    def forward(self, x):
        x = F.relu(self.start((x * 0.2 + 1.2).transpose(1, 2)))
        for along, across in zip(self.along, self.across):
            x = x + F.relu(across(F.relu(along(x))))
        return self.end(x).squeeze(1)


class Probabilities(nn.Module):
    def __init__(self, detector):
        super().__init__()
        self.detector = detector

    def forward(self, x):
        return torch.sigmoid(self.detector(x))


def notes(random, length):
    """A melody: notes with overtones, plucked or held, over a bass and a beat as may be."""
    at = np.arange(length) / RATE
    out = np.zeros(length)
    pace = random.uniform(0.1, 1.2)
    for voice in range(random.integers(1, 4)):
        base = random.uniform(80, 700)
        steps = 2 ** (random.integers(-12, 13, int(length / RATE / pace) + 2) / 12)
        pitch = base * steps[(at / pace).astype(int)]
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        decay = np.exp(-(at % pace) * random.uniform(0, 12))
        for k in range(1, random.integers(2, 8)):
            out += np.sin(k * phase) * decay * random.uniform(0.2, 1) / k
    if random.random() < 0.5:
        beat = pace * random.integers(1, 4)
        out += random.standard_normal(length) * (at % beat < 0.05) * random.uniform(0.2, 2)
    return out


def tones(random, length):
    """One or a few steady tones, or a call's: dial, ringing, busy, dialled digits."""
    at = np.arange(length) / RATE
    out = sum(np.sin(2 * np.pi * random.uniform(60, 3500) * at) for _ in range(random.integers(1, 5)))
    if random.random() < 0.6:
        on, off = random.uniform(0.05, 2), random.uniform(0.05, 4)
        out = out * (at % (on + off) < on)
    return np.sign(out) * 0.7 if random.random() < 0.15 else out


def noises(random, length):
    out = lfilter([1], [1, -random.uniform(-0.5, 0.98)], random.standard_normal(length))
    if random.random() < 0.4:
        out *= 1 + random.uniform(0, 1) * np.sin(2 * np.pi * random.uniform(0.1, 8) * np.arange(length) / RATE)
    if random.random() < 0.2:
        out = out * (random.random(length) < 0.002) * 30
    return out


def crowd(random, length, voices):
    """Eight and more who talk at once: nobody's speech."""
    return sum(np.resize(np.roll(v, random.integers(len(v))), length) for v in random.choice(voices, random.integers(8, 14)))


def nobody(random, voices):
    length = SECONDS * RATE
    kind = random.integers(7)
    if kind == 6:
        return (random.standard_normal(length) * random.choice([0, 1e-5, 1e-4])).astype(np.float32)
    if kind == 5:
        out = crowd(random, length, voices)
    else:
        out = (notes, notes, tones, noises, noises)[kind](random, length)
    out = out / (np.abs(out).max() + 1e-9)
    if random.random() < 0.4:
        out = telephone(out.astype(np.float32), random, voices)
    return (out * 10 ** (random.uniform(-40, 0) / 20)).astype(np.float32)


def somebody(random, voice, voices):
    """An utterance with pauses cut in, as it is or through a line."""
    parts, at = [], 0
    while at < len(voice):
        length = int(random.uniform(1, 6) * RATE)
        parts.append(voice[at : at + length])
        at += length
        if random.random() < 0.7:
            parts.append(np.zeros(int(random.uniform(0.2, 3) * RATE), np.float32))
    samples = np.concatenate(parts)
    samples = samples + random.standard_normal(len(samples)).astype(np.float32) * 10 ** random.uniform(-5, -3)
    if random.random() < 0.7:
        samples = telephone(samples.astype(np.float32), random, voices)
    return (samples * 10 ** (random.uniform(-20, 0) / 20)).astype(np.float32)


def main(speech, silero, out):
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    random = np.random.default_rng(SEED)
    teacher, bank = Silero(silero), filters()
    files = sorted(speech.glob("*.flac"))
    left_out = set(held_out(file.name.split("-")[0] for file in files))
    voices = [
        resample_poly(soundfile.read(file, dtype="float32")[0], 1, 2).astype(np.float32)
        for file in files
        if file.name.split("-")[0] not in left_out
    ]
    heard, said = [], []
    everybody = np.empty(len(voices), object)
    everybody[:] = voices
    for number, voice in enumerate(voices):
        for _ in range(COPIES):
            samples = somebody(random, np.resize(voice, max(len(voice), SECONDS * RATE)), voices)
            heard.append(fbank(samples, bank))
            said.append(each_20_ms(teacher(samples), len(samples)))
        for _ in range(NOBODYS):
            samples = nobody(random, everybody)
            heard.append(fbank(samples, bank))
            said.append(np.zeros(LOOKS, np.float32))
        if number % 50 == 0:
            print(number, "of", len(voices), flush=True)
    detector = Detector()
    optimizer = torch.optim.AdamW(detector.parameters(), lr=LEARNING_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, STEPS)
    seen = 0.0
    for step in range(1, STEPS + 1):
        x, y = np.empty((BATCH, FRAMES, 80), np.float32), np.empty((BATCH, LOOKS), np.float32)
        for row in range(BATCH):
            which = random.integers(len(heard))
            at = random.integers(min(len(heard[which]) // 2, len(said[which])) - LOOKS + 1)
            x[row] = heard[which][2 * at : 2 * at + FRAMES]
            y[row] = said[which][at : at + LOOKS]
        loss = F.binary_cross_entropy_with_logits(detector(torch.from_numpy(x)), torch.from_numpy(y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        seen += loss.item()
        if step % 250 == 0:
            print(step, f"loss {seen / 250:.4f}", flush=True)
            seen = 0.0
    torch.onnx.export(
        Probabilities(detector.eval()),
        (torch.zeros(1, FRAMES, 80),),
        str(out),
        input_names=["x"],
        output_names=["speech"],
        dynamic_axes={"x": {1: "T"}},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(out))
    comment = "Vivavoce, where somebody speaks; taught by Silero VAD (MIT) with LibriSpeech train-clean-100 (CC BY 4.0)"
    helper.set_model_props(model, {**METADATA, "comment": comment, "url": "", "output_dim": str(LOOKS)})
    onnx.save(model, str(out))
    print(out.stat().st_size, "bytes")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
