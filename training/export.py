"""The two halves -> one ONNX model that sherpa-onnx loads.

python export.py FEATURES STATISTICS.pt TDNN.pt OUT.onnx [all]. Each half is normed to length 1, centred on the training
speakers' mean, normed again; the concatenation's plain cosine is the mean of the halves' cosines.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

from tdnn import Tdnn
from train_tdnn import held_out
from voices import Moments

# sherpa-onnx reads these.
METADATA = {
    "framework": "wespeaker",
    "language": "English",
    "url": "",
    "comment": "Vivavoce, 8 kHz telephone speech; LibriSpeech train-clean-100, CC BY 4.0",
    "sample_rate": "8000",
    "normalize_samples": "1",
    "feature_normalize_type": "",
}


class Voice(nn.Module):
    def __init__(self, statistics, network):
        super().__init__()
        self.moments = Moments()
        self.register_buffer("mean", statistics["mean"])
        self.register_buffer("projection", statistics["projection"])
        self.network = network
        self.register_buffer("centre_a", torch.zeros(statistics["projection"].shape[1]))
        self.register_buffer("centre_b", torch.zeros(192))

    def halves(self, features):
        a = F.normalize((self.moments(features[0]) - self.mean) @ self.projection, dim=0)
        return a, F.normalize(self.network(features)[0], dim=0)

    def forward(self, x):
        a, b = self.halves(x)
        a, b = F.normalize(a - self.centre_a, dim=0), F.normalize(b - self.centre_b, dim=0)
        return (torch.cat([a, b]) / 2**0.5)[None]


def main(directory, statistics, network, out, everyone):
    tdnn = Tdnn()
    tdnn.load_state_dict(torch.load(network))
    voice = Voice(torch.load(statistics), tdnn).eval()
    speakers = sorted(file.stem for file in directory.glob("*.npz"))
    trained = [s for s in speakers if everyone or s not in set(held_out(speakers))]
    with torch.no_grad():
        halves = []
        for speaker in trained:
            with np.load(directory / f"{speaker}.npz") as arrays:
                halves.append(voice.halves(torch.from_numpy(arrays["1.00/1.00/0"].astype(np.float32))[None]))
        voice.centre_a.copy_(torch.stack([a for a, _ in halves]).mean(0))
        voice.centre_b.copy_(torch.stack([b for _, b in halves]).mean(0))
        example = torch.randn(1, 300, 80)
        frames = torch.export.Dim("T", min=30, max=1_000_000)
        program = torch.onnx.export(voice, (example,), dynamo=True, input_names=["x"], output_names=["embs"], dynamic_shapes=[{1: frames}])
        program.save(str(out))
    model = onnx.load(str(out))
    metadata = {**METADATA, "output_dim": str(voice(example).shape[1])}
    onnx.helper.set_model_props(model, metadata)
    onnx.save(model, str(out))
    import onnxruntime

    session = onnxruntime.InferenceSession(str(out))
    for length in (60, 300, 1234):
        x = torch.randn(1, length, 80)
        with torch.no_grad():
            off = np.abs(session.run(None, {"x": x.numpy()})[0] - voice(x).numpy()).max()
        print(length, "frames, off by", off)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]), len(sys.argv) > 5)
