"""Speech -> folders of 8 kHz WAV files to embed: python split.py SPEECH OUT.

OUT/cohort/<speaker>/{clean,telephone}.wav is everyone, OUT/trained the same without every fifth speaker, and
OUT/left-out/<speaker>/ those, as first and second half and whole, each clean and through a line of its own.
"""

import sys
import wave
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from features import RATE, held_out
from telephone import telephone


def write(file, samples):
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(RATE)
        recording.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def main(speech, out):
    random = np.random.default_rng(21)
    voices = {}
    for file in sorted(speech.glob("*.flac")):
        samples, rate = soundfile.read(file, dtype="float32")
        voices[file.name.split("-")[0]] = resample_poly(samples, RATE, rate).astype(np.float32)
    left_out = set(held_out(voices))
    babble = [voice for name, voice in voices.items() if name not in left_out][::7]
    for name, voice in voices.items():
        for folder in ["cohort", *([] if name in left_out else ["trained"])]:
            write(out / folder / name / "clean.wav", voice)
            write(out / folder / name / "telephone.wav", telephone(voice, random, babble))
        if name in left_out:
            half = len(voice) // 2
            for part, samples in (("first", voice[:half]), ("second", voice[half:]), ("whole", voice)):
                write(out / "left-out" / name / f"{part}-clean.wav", samples)
                write(out / "left-out" / name / f"{part}-telephone.wav", telephone(samples, random, babble))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
