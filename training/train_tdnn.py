"""Features -> the network's weights.

python train_tdnn.py FEATURES OUT.pt MINUTES [all]: without `all` every fifth speaker is left out, so that thresholds
can be set and choices made on voices that the network has not heard.
"""

import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tdnn import Tdnn

SEED, BATCH, RATE, DECAY, SCALE, MARGIN = 4, 32, 2e-3, 0.02, 30.0, 0.2
CROP = (150, 200)


def held_out(speakers):
    return sorted(speakers)[::5]


def load(directory, speakers):
    """[(class, [copies])]; copies of one class, clean and telephone, are float16 [frames, 80]."""
    classes = {}
    for speaker in speakers:
        with np.load(directory / f"{speaker}.npz") as arrays:
            for name in arrays.files:
                speed, warp, _ = name.split("/")
                # More classes than this didn't converge in the time there was.
                if warp != "1.00" or speed in ("0.82", "1.20"):
                    continue
                classes.setdefault((speaker, speed, warp), []).append(arrays[name])
    return list(classes.values())


def batch(classes, random):
    length = int(random.integers(*CROP))
    chosen = random.choice(len(classes), BATCH, replace=False)
    crops = np.empty((BATCH, length, 80), np.float32)
    for row, label in zip(crops, chosen):
        copy = classes[label][random.integers(len(classes[label]))]
        if len(copy) < length:
            copy = np.resize(copy, (length, 80))
        at = random.integers(len(copy) - length + 1)
        row[:] = copy[at : at + length]
        # Masked bands and moments, at the recording's mean.
        low, width = random.integers(0, 72), random.integers(0, 9)
        row[:, low : low + width] = row[:, low : low + width].mean(0)
        start, gap = random.integers(0, length - 20), random.integers(0, 20)
        row[start : start + gap] = row.mean(0)
    return torch.from_numpy(crops), torch.from_numpy(chosen)


def main(directory, out, minutes, everyone):
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    random = np.random.default_rng(SEED)
    speakers = sorted(file.stem for file in directory.glob("*.npz"))
    trained = [s for s in speakers if everyone or s not in set(held_out(speakers))]
    classes = load(directory, trained)
    print(len(trained), "speakers,", len(classes), "classes", flush=True)
    net = Tdnn()
    centres = nn.Parameter(torch.randn(len(classes), 192) * 0.01)
    parameters = [*net.parameters(), centres]
    print(sum(p.numel() for p in net.parameters()), "parameters")
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    start, step, seen, right = time.time(), 0, 0.0, 0.0
    while (done := (time.time() - start) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / 50) * 0.5 * (1 + math.cos(math.pi * done))
        features, labels = batch(classes, random)
        cosines = F.linear(F.normalize(net(features)), F.normalize(centres))
        target = cosines.gather(1, labels[:, None]).clamp(-0.9999, 0.9999)
        margin = MARGIN * min(1, done / 0.5)
        # Additive angular margin (J. Deng and others, ArcFace, 2019).
        pushed = torch.cos(torch.acos(target) + margin)
        loss = F.cross_entropy(SCALE * cosines.scatter(1, labels[:, None], pushed), labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
        step += 1
        seen += loss.item()
        right += (cosines.argmax(1) == labels).float().mean().item()
        if step % 50 == 0:
            print(f"{step} {done:.2f} loss {seen / 50:.2f} right {right / 50:.3f}", flush=True)
            seen = right = 0.0
            if step % 250 == 0:
                torch.save(net.state_dict(), out)
    torch.save(net.state_dict(), out)
    print(step, "steps")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), len(sys.argv) > 4)
