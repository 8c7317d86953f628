"""Speech -> features of every speaker, as spoken and through telephone lines, once.

python prepare.py SPEECH OUT: SPEECH holds FLAC or WAV files named <speaker>-<chapter>-<utterance>; OUT gets
one .npz a speaker, arrays named <speed>/<warp>/<copy>, float16 [frames, 80], silence cut.
A voice played faster or slower, or through warped filters, is taken for another speaker's: more classes from few people.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from features import filters, loud, power, FLOOR
from telephone import telephone

SEED = 4
# Speed -> (up, down) from 16 to 8 kHz.
SPEEDS = {"1.00": (1, 2), "0.90": (5, 9), "1.10": (5, 11), "0.82": (25, 41), "1.20": (5, 12)}
WARPS = {"1.00": 1.0, "0.93": 0.93, "1.07": 1.07}
COPIES = 4


def main(speech, out):
    random = np.random.default_rng(SEED)
    out.mkdir(parents=True, exist_ok=True)
    files = sorted(speech.glob("*.flac"))
    recordings = {file.name.split("-")[0]: soundfile.read(file, dtype="float32") for file in files}
    babble = [resample_poly(x, 8000, rate) for x, rate in list(recordings.values())[::5]]
    banks = {name: filters(warp) for name, warp in WARPS.items()}
    for number, (speaker, (samples, rate)) in enumerate(recordings.items()):
        assert rate == 16000, speaker
        arrays = {}
        for speed, (up, down) in SPEEDS.items():
            clean = resample_poly(samples, up, down).astype(np.float32)
            kept = None
            for copy in range(COPIES if speed != "1.00" else COPIES + 2):
                spectrum = power(clean if copy == 0 else telephone(clean, random, babble))
                for warp, bank in banks.items():
                    features = np.log(np.maximum(spectrum @ bank, FLOOR))
                    if kept is None:
                        kept = loud(features)
                    arrays[f"{speed}/{warp}/{copy}"] = features[kept].astype(np.float16)
        np.savez(out / f"{speaker}.npz", **arrays)
        if number % 25 == 0:
            print(number, "of", len(recordings), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
