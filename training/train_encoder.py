"""Features, what the teacher says -> the network's weights.

python train_encoder.py FEATURES TEACHER.npz OUT.pt MINUTES. The student hears pieces of clean and telephone copies and
learns to say of each what the teacher says of the whole utterance, clean and at 16 kHz: to come near it, and nearer than
to what it says of other voices. Every fifth speaker is left out, for choices and thresholds.
"""

import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from encoder import WINDOW, Encoder
from features import held_out

SEED, BATCH, RATE, DECAY, SCALE = 4, 48, 5e-4, 1e-3, 20.0
CLEAN = 0.25


def load(directory, teacher, encoder, speakers):
    """{speaker: [(copies as the network hears them, target)]}, one entry a speed."""
    heard = {}
    for speaker in speakers:
        with np.load(directory / f"{speaker}.npz") as arrays:
            for speed in ("1.00", "0.90", "1.10"):
                names = [name for name in arrays.files if name.startswith(f"{speed}/1.00/")]
                copies = [encoder.heard(torch.from_numpy(arrays[name].astype(np.float32))).numpy() for name in names]
                heard.setdefault(speaker, []).append((copies, teacher[f"{speaker}/{speed}"]))
    return heard


def batch(heard, random):
    speakers = list(heard)
    pieces, targets = np.empty((BATCH, WINDOW, 40), np.float32), np.empty((BATCH, 256), np.float32)
    for row, index in enumerate(random.choice(len(speakers), BATCH, replace=False)):
        speeds = heard[speakers[index]]
        copies, targets[row] = speeds[random.integers(len(speeds))]
        copy = copies[0] if random.random() < CLEAN else copies[random.integers(len(copies))]
        if len(copy) < WINDOW:
            copy = np.resize(copy, (WINDOW, 40))
        at = random.integers(len(copy) - WINDOW + 1)
        pieces[row] = copy[at : at + WINDOW] * np.exp(0.3 * random.normal())
    return torch.from_numpy(pieces), torch.from_numpy(targets)


def main(directory, teacher, out, minutes):
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    said = np.load(teacher)
    encoder = Encoder(torch.from_numpy(said["mels"])).start()
    speakers = sorted(file.stem for file in directory.glob("*.npz"))
    heard = load(directory, said, encoder, sorted(set(speakers) - set(held_out(speakers))))
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=RATE, weight_decay=DECAY)
    start, step, seen = time.time(), 0, 0.0
    while (done := (time.time() - start) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 20) * 0.5 * (1 + math.cos(math.pi * done))
        pieces, targets = batch(heard, random)
        cosines = encoder.windows(pieces) @ targets.T
        loss = F.cross_entropy(SCALE * cosines, torch.arange(BATCH)) + 2 * (1 - cosines.diagonal().mean())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 3.0)
        optimizer.step()
        step += 1
        seen += loss.item()
        if step % 50 == 0:
            print(f"{step} {done:.2f} loss {seen / 50:.3f}", flush=True)
            seen = 0.0
    torch.save(encoder.state_dict(), out)
    print(step, "steps")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), float(sys.argv[4]))
