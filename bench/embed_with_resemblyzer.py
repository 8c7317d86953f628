"""Resemblyzer on WAV files of 8 kHz: python embed_with_resemblyzer.py FILE... prints JSON. Its models hear 16 kHz.

{"cpuSeconds": of embedding alone, "speechSeconds": after its own silence removal, "embeddings": {file: [256 numbers]}}
"""

import json
import sys
import time
import wave

import numpy as np
import torch
from resemblyzer import VoiceEncoder, preprocess_wav
from scipy.signal import resample_poly

torch.set_num_threads(1)
encoder = VoiceEncoder("cpu", verbose=False)
embeddings, cpu, speech = {}, 0.0, 0.0
for file in sys.argv[1:]:
    with wave.open(file) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2") / 32768
        rate = recording.getframerate()
    heard = preprocess_wav(resample_poly(samples, 16000, rate).astype(np.float32))
    start = time.process_time()
    embeddings[file] = [round(float(value), 6) for value in encoder.embed_utterance(heard)]
    cpu += time.process_time() - start
    speech += len(heard) / 16000
print(json.dumps({"cpuSeconds": cpu, "speechSeconds": speech, "embeddings": embeddings}))
