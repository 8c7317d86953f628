"""Speech -> what the network that ours is made from says of it.

python teacher.py SPEECH OUT.npz: with Resemblyzer 0.1.4 (C. Jemine, resemble.ai, Apache-2.0; its weights are in the
package), every utterance clean at 16 kHz and at three speeds, arrays named <speaker>/<speed>, [256]; and `mels`
[80, 40], which turns our filterbank's power at 8 kHz into the mel spectrogram that it hears at 16 kHz.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
import torch
from resemblyzer import VoiceEncoder, preprocess_wav
from resemblyzer.audio import wav_to_mel_spectrogram
from scipy.optimize import nnls
from scipy.signal import resample_poly

from features import HOP, fbank

SPEEDS = {"1.00": (1, 1), "0.90": (10, 9), "1.10": (10, 11)}
SEED = 4
FRAMES = 30_000


def fit_mels(recordings):
    """Least squares without negative weights, errors relative: quiet bands matter as much as loud ones."""
    ours, theirs = [], []
    for samples in recordings:
        narrow = resample_poly(samples, 1, 2).astype(np.float32)
        wide = resample_poly(narrow, 2, 1).astype(np.float32)
        # Their frames are centred half a hop earlier.
        heard = wav_to_mel_spectrogram(np.concatenate([wide[HOP:], np.zeros(HOP, np.float32)]))
        power = np.exp(fbank(narrow))
        count = min(len(power), len(heard))
        ours.append(power[:count])
        theirs.append(heard[:count])
    ours, theirs = np.concatenate(ours), np.concatenate(theirs)
    energy = ours.sum(1)
    loud = np.random.default_rng(SEED).permutation(np.flatnonzero(energy > np.quantile(energy, 0.3)))[:FRAMES]
    ours, theirs = ours[loud], theirs[loud]
    mels = np.zeros((80, 40), np.float32)
    for band in range(40):
        # Above 4 kHz there is nothing to hear.
        if theirs[:, band].mean() < 1e-7 * theirs.mean():
            continue
        weight = 1 / (theirs[:, band] + 0.05 * theirs[:, band].mean())
        mels[:, band], _ = nnls(ours * weight[:, None], theirs[:, band] * weight)
    return mels


def main(speech, out):
    torch.set_num_threads(1)
    encoder = VoiceEncoder("cpu", verbose=False)
    files = sorted(speech.glob("*.flac"))
    recordings = {file.name.split("-")[0]: soundfile.read(file, dtype="float32")[0] for file in files}
    arrays = {"mels": fit_mels(list(recordings.values())[:120])}
    for speaker, samples in recordings.items():
        for speed, (up, down) in SPEEDS.items():
            played = samples if up == down else resample_poly(samples, up, down).astype(np.float32)
            arrays[f"{speaker}/{speed}"] = encoder.embed_utterance(preprocess_wav(played), rate=2)
    np.savez(out, **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
