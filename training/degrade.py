"""Recordings as they would have come through a line: python degrade.py IN OUT CONDITION, folders of 8 kHz WAV files.

CONDITION: mulaw, gsm, noise (white, 15 dB), babble (of the other speakers, 15 dB), telephone (all at random, see telephone.py).
"""

import sys
import wave
from pathlib import Path

import numpy as np

from features import RATE
from telephone import codec, telephone


def read(file):
    with wave.open(str(file)) as recording:
        return np.frombuffer(recording.readframes(recording.getnframes()), "<i2").astype(np.float32) / 32768


def main(source, out, condition):
    random = np.random.default_rng(4)
    files = sorted(source.glob("*/*.wav"))
    babble = {file.parent.name: read(file) for file in files}
    for file in files:
        samples = read(file)
        others = [voice for name, voice in babble.items() if name != file.parent.name]
        if condition in ("mulaw", "gsm"):
            samples = codec(samples, random, [("WAV", "ULAW" if condition == "mulaw" else "GSM610")])
        elif condition == "telephone":
            samples = telephone(samples, random, others)
        else:
            noise = random.standard_normal(len(samples))
            if condition == "babble":
                noise = sum(np.resize(others[i], len(samples)) for i in random.permutation(len(others))[:5])
            samples = samples + noise * 10 ** (-15 / 20) * samples.std() / noise.std()
        target = out / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(target), "wb") as recording:
            recording.setnchannels(1)
            recording.setsampwidth(2)
            recording.setframerate(RATE)
            recording.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
