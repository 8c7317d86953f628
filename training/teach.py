"""Speech and the published network -> the same network, taught to hear through telephone lines.

python teach.py SPEECH PUBLISHED.pt OUT.pt MINUTES. The teacher hears pieces of clean speech at 16 kHz; the student hears
the same pieces at 8 kHz, through a line of their own, and learns to say what the teacher says: to come near it, and
nearer than to what it says of other voices. A voice played faster or slower is another voice to both.
Goes on from OUT.pt.partial where a run was stopped.
"""

import math
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
import torch
from scipy.signal import resample_poly
from torch.nn import functional as F

from campplus import HEARD_BINS, for_telephone, published
from features import PUBLISHED_HIGH_HZ, PUBLISHED_RATE, RATE, fbank, filters, heard_filters, held_out
from telephone import telephone

SEED, BATCH, LEARNING_RATE, DECAY = 4, 24, 1e-4, 1e-3
SECONDS, HOP_SECONDS = 3, 1.5
SPEEDS = {"1.00": (1, 1), "0.90": (10, 9), "1.10": (10, 11)}
# Of the pieces, those that come without a line; of the target, what the teacher says of the whole utterance.
CLEAN, WHOLE = 0.15, 0.5
SCALE, APART = 20.0, 0.1
# Norm of the slopes that a step is bounded to; usual is 2.
STEEPEST = 3.0
# Weights are averaged over about this many steps.
AVERAGED = 200


def centred(features):
    return torch.from_numpy(features - features.mean(0))


@torch.no_grad()
def voices(speech, teacher, speakers):
    """[(samples at 8 kHz, [(offset, target)])], one entry a speaker and speed."""
    bank = filters(PUBLISHED_RATE, PUBLISHED_HIGH_HZ)
    said = []
    for number, speaker in enumerate(speakers):
        samples, rate = soundfile.read(next(speech.glob(f"{speaker}-*.flac")), dtype="float32")
        assert rate == PUBLISHED_RATE, speaker
        for up, down in SPEEDS.values():
            wide = samples if up == down else resample_poly(samples, up, down).astype(np.float32)
            length, hop = SECONDS * rate, int(HOP_SECONDS * rate)
            offsets = range(0, max(len(wide) - length, 0) + 1, hop)
            pieces = torch.stack([centred(fbank(np.resize(wide[at : at + length], length), bank, rate)) for at in offsets])
            with torch.autocast("cpu", torch.bfloat16):
                whole = F.normalize(teacher(centred(fbank(wide, bank, rate))[None]).float(), dim=1)
                each = F.normalize(teacher(pieces).float(), dim=1)
            targets = F.normalize((1 - WHOLE) * each + WHOLE * whole, dim=1)
            said.append((resample_poly(wide, 1, 2).astype(np.float32), list(zip(offsets, targets))))
        if number % 50 == 0:
            print(number, "of", len(speakers), flush=True)
    return said


def batch(said, babble, bank, random):
    pieces, targets = [], []
    for index in random.choice(len(said), BATCH, replace=False):
        samples, places = said[index]
        at, target = places[random.integers(len(places))]
        piece = np.resize(samples[at // 2 : at // 2 + SECONDS * RATE], SECONDS * RATE)
        if random.random() >= CLEAN:
            piece = telephone(piece, random, babble)
        pieces.append(centred(fbank(piece, bank)))
        targets.append(target)
    return torch.stack(pieces), torch.stack(targets)


def main(speech, weights, out, minutes):
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    everyone = sorted(file.name.split("-")[0] for file in speech.glob("*.flac"))
    heard = out.with_suffix(".teacher.pt")
    if not heard.exists():
        torch.save(voices(speech, published(weights), sorted(set(everyone) - set(held_out(everyone)))), heard)
    said = torch.load(heard, weights_only=False)
    babble = [samples for samples, _ in said[:: 5 * len(SPEEDS)]]
    bank = filters() @ heard_filters(HEARD_BINS)

    student = for_telephone(weights)  # in evaluation mode: batch norm's statistics stay
    # PyTorch 2.5 computes wrong slopes of such convolutions in bfloat16 on processors, now and then, in the other layout.
    student.head.to(memory_format=torch.channels_last)
    partial = out.with_suffix(".pt.partial")
    optimizer = torch.optim.AdamW(student.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
    average = {name: value.clone() for name, value in student.state_dict().items()}
    step, spent = 0, 0.0
    if partial.exists():
        kept = torch.load(partial, weights_only=True)
        student.load_state_dict(kept["student"])
        optimizer.load_state_dict(kept["optimizer"])
        average, step, spent = kept["average"], kept["step"], kept["spent"]
        random = np.random.default_rng(SEED + step)
    seen, since = np.zeros(2), time.time()
    while (done := (spent + time.time() - since) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1, (step + 1) / 30) * 0.5 * (1 + math.cos(math.pi * done))
        pieces, targets = batch(said, babble, bank, random)
        with torch.autocast("cpu", torch.bfloat16):
            embeddings = student(pieces)
        cosines = F.normalize(embeddings.float(), dim=1) @ targets.T
        near = 1 - cosines.diagonal().mean()
        loss = near + APART * F.cross_entropy(SCALE * cosines, torch.arange(BATCH))
        optimizer.zero_grad()
        loss.backward()
        if not torch.nn.utils.clip_grad_norm_(student.parameters(), STEEPEST) < 10 * STEEPEST:
            print("left out a step that was too steep", flush=True)
            continue
        optimizer.step()
        step += 1
        seen += [1 - near.item(), loss.item()]
        with torch.no_grad():
            for name, value in student.state_dict().items():
                if value.is_floating_point():
                    average[name].lerp_(value, 1 / min(step + 1, AVERAGED))
        if step % 50 == 0:
            print(f"{step} {done:.3f} cosine {seen[0] / 50:.4f} loss {seen[1] / 50:.4f}", flush=True)
            seen[:] = 0
            kept = {"student": student.state_dict(), "optimizer": optimizer.state_dict(), "average": average}
            torch.save({**kept, "step": step, "spent": spent + time.time() - since}, partial)
            torch.save(average, out)
    torch.save(average, out)
    print(step, "steps")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), float(sys.argv[4]))
