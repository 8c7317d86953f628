"""The two halves -> one ONNX model that sherpa-onnx loads.

python export.py FEATURES TEACHER.npz STATISTICS.pt ENCODER.pt OUT.onnx. Each half is normed to length 1, centred on the
training speakers' mean, and normed again; the concatenation's plain cosine is their weighted mean.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn import functional as F

from encoder import Encoder
from features import held_out
from voices import Moments

# Of the cosine, what the statistics say.
STATISTICS = 0.3

# sherpa-onnx reads these.
METADATA = {
    "framework": "wespeaker",
    "language": "English",
    "url": "",
    "comment": "Vivavoce, 8 kHz telephone speech; from Resemblyzer (Apache-2.0) and LibriSpeech train-clean-100 (CC BY 4.0)",
    "sample_rate": "8000",
    "normalize_samples": "1",
    "feature_normalize_type": "",
}


class Voice(nn.Module):
    def __init__(self, statistics, encoder):
        super().__init__()
        self.moments = Moments()
        self.register_buffer("mean", statistics["mean"])
        self.register_buffer("projection", statistics["projection"])
        self.encoder = encoder
        self.register_buffer("centre_a", torch.zeros(statistics["projection"].shape[1]))
        self.register_buffer("centre_b", torch.zeros(256))

    def halves(self, features):
        return F.normalize((self.moments(features) - self.mean) @ self.projection, dim=0), self.encoder(features)

    def forward(self, x):
        a, b = self.halves(x[0])
        a, b = F.normalize(a - self.centre_a, dim=0), F.normalize(b - self.centre_b, dim=0)
        return torch.cat([a * STATISTICS**0.5, b * (1 - STATISTICS) ** 0.5])[None]


def main(directory, teacher, statistics, weights, out):
    torch.set_num_threads(1)
    encoder = Encoder(torch.from_numpy(np.load(teacher)["mels"]))
    encoder.load_state_dict(torch.load(weights))
    voice = Voice(torch.load(statistics), encoder).eval()
    speakers = sorted(file.stem for file in directory.glob("*.npz"))
    with torch.no_grad():
        halves = []
        for speaker in sorted(set(speakers) - set(held_out(speakers))):
            with np.load(directory / f"{speaker}.npz") as arrays:
                halves.append(voice.halves(torch.from_numpy(arrays["1.00/1.00/0"].astype(np.float32))))
        voice.centre_a.copy_(torch.stack([a for a, _ in halves]).mean(0))
        voice.centre_b.copy_(torch.stack([b for _, b in halves]).mean(0))
        # The exporter that follows shapes by tracing: the other one can't have the number of windows depend on them.
        torch.onnx.export(
            voice,
            (torch.randn(1, 500, 80) - 8,),
            str(out),
            input_names=["x"],
            output_names=["embs"],
            dynamic_axes={"x": {1: "T"}},
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load(str(out))
    onnx.helper.set_model_props(model, {**METADATA, "output_dim": str(len(voice.centre_a) + len(voice.centre_b))})
    onnx.save(model, str(out))
    session = onnxruntime.InferenceSession(str(out))
    for length in (30, 60, 159, 160, 161, 300, 400, 1234, 6000):
        x = torch.randn(1, length, 80) - 8
        with torch.no_grad():
            off = np.abs(session.run(None, {"x": x.numpy()})[0] - voice(x).numpy()).max()
        print(length, "frames, off by", off)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:6]))
