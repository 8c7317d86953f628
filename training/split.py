"""The speakers left out of training, as folders of 8 kHz WAV files to set thresholds on: python split.py SPEECH OUT.

OUT/<speaker>/{first,second}-{clean,line-1,line-2}.wav: the halves of each one's utterance, clean and through lines.
"""

import sys
import wave
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from features import RATE, held_out
from telephone import telephone

SEED, LINES = 21, 2


def write(file, samples):
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(RATE)
        recording.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def main(speech, out):
    random = np.random.default_rng(SEED)
    voices = {}
    for file in sorted(speech.glob("*.flac")):
        samples, rate = soundfile.read(file, dtype="float32")
        voices[file.name.split("-")[0]] = resample_poly(samples, RATE, rate).astype(np.float32)
    left_out = held_out(voices)
    babble = [voice for name, voice in voices.items() if name not in set(left_out)][::7]
    for name in left_out:
        voice = voices[name]
        for part, samples in (("first", voice[: len(voice) // 2]), ("second", voice[len(voice) // 2 :])):
            write(out / name / f"{part}-clean.wav", samples)
            for line in range(1, LINES + 1):
                write(out / name / f"{part}-line-{line}.wav", telephone(samples, random, babble))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
