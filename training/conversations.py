"""Speech -> recordings that say what one voice is: python conversations.py SPEECH OUT.

Of the speakers left out of training alone. OUT/one/<draw>/<speaker>.wav is one person, draw 0 as it is and the others
each over a line of its own; OUT/two/<draw>/<speaker>-<other>.wav is a conversation of two in one channel, who take turns
at pauses.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from features import RATE, held_out
from split import write
from telephone import telephone

DRAWS = 5
# Seconds after which the other one speaks at the next pause.
TURN = 4
PAUSE = 0.3


def phrases(samples):
    """Cut where 0.16 s are 28 dB under the loud parts."""
    hop = RATE // 100
    power = np.array([np.mean(samples[i : i + hop] ** 2) for i in range(0, len(samples) - hop, hop)])
    quiet = 10 * np.log10(power + 1e-9) < np.percentile(10 * np.log10(power + 1e-9), 95) - 28
    cuts, run = [0], 0
    for i, is_quiet in enumerate([*quiet, False]):
        if not is_quiet and run >= 16:
            cuts.append((i - run // 2) * hop)
        run = run + 1 if is_quiet else 0
    return [samples[a:b] for a, b in zip(cuts, [*cuts[1:], len(samples)])]


def turns(samples):
    found, turn = [], []
    for phrase in phrases(samples):
        turn.append(phrase)
        if sum(map(len, turn)) >= TURN * RATE:
            found.append(np.concatenate(turn))
            turn = []
    return [*found, np.concatenate(turn)] if turn else found


def conversation(one, other):
    parts = []
    a, b = (turns(voice * 0.1 / voice.std()) for voice in (one, other))
    for i in range(max(len(a), len(b))):
        for side in (a, b):
            if i < len(side):
                parts += [side[i], np.zeros(int(PAUSE * RATE), np.float32)]
    return np.concatenate(parts)


def main(speech, out):
    random = np.random.default_rng(31)
    voices = {}
    for file in sorted(speech.glob("*.flac")):
        samples, rate = soundfile.read(file, dtype="float32")
        voices[file.name.split("-")[0]] = resample_poly(samples, RATE, rate).astype(np.float32)
    left_out = held_out(voices)
    babble = [voice for name, voice in voices.items() if name not in left_out][::7]
    for draw in range(DRAWS):
        line = (lambda samples: telephone(samples, random, babble)) if draw else (lambda samples: samples)
        for i, name in enumerate(left_out):
            other = left_out[(i + 7 + draw) % len(left_out)]
            write(out / "one" / str(draw) / f"{name}.wav", line(voices[name]))
            if draw < 2:
                write(out / "two" / str(draw) / f"{name}-{other}.wav", line(conversation(voices[name], voices[other])))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
