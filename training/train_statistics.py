"""Features -> the half that needs no network: standardised statistics of 3 s pieces, then a discriminant projection.

python train_statistics.py FEATURES OUT.pt: every fifth speaker is left out. A minute.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from features import held_out
from voices import Moments, Scatter, discriminant

PIECE = 300


def main(directory, out):
    torch.set_num_threads(1)
    moments = Moments()
    scatter = Scatter(moments.size)
    speakers = sorted(file.stem for file in directory.glob("*.npz"))
    for speaker in speakers:
        if speaker in set(held_out(speakers)):
            continue
        classes = {}
        with np.load(directory / f"{speaker}.npz") as arrays:
            for name in arrays.files:
                features = torch.from_numpy(arrays[name].astype(np.float32))
                pieces = classes.setdefault(name.rsplit("/", 1)[0], [])
                for i in range(max(1, len(features) // PIECE)):
                    pieces.append(moments(features[i * PIECE : (i + 1) * PIECE]))
        for pieces in classes.values():
            if len(pieces) > 1:
                scatter.add(torch.stack(pieces))
    mean, projection = discriminant(scatter)
    torch.save({"mean": mean, "projection": projection}, out)
    print(len(scatter.centres), "classes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
