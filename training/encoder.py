"""The network: Resemblyzer's (three LSTM layers over 40 mel bands), hearing our filterbank at 8 kHz."""

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

WINDOW = 160


class Encoder(nn.Module):
    """features [T, 80], log power -> [256] of length 1: the mean over windows of 1.6 s, side by side."""

    def __init__(self, mels):
        super().__init__()
        self.register_buffer("mels", mels)
        self.lstm = nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)

    def start(self):
        """From Resemblyzer's weights."""
        import resemblyzer

        weights = torch.load(Path(resemblyzer.__file__).parent / "pretrained.pt", map_location="cpu")["model_state"]
        kept = {name: value for name, value in weights.items() if name.startswith(("lstm.", "linear."))}
        missing, unexpected = self.load_state_dict(kept, strict=False)
        assert missing == ["mels"] and not unexpected, (missing, unexpected)
        return self

    def heard(self, features):
        """[T, 80] -> [T, 40] power, of one loudness."""
        power = features.exp() @ self.mels
        return power / power.sum(1).mean()

    def windows(self, heard):
        """[N, WINDOW, 40] -> [N, 256], each of length 1."""
        states, _ = self.lstm(heard)
        return F.normalize(F.relu(self.linear(states[:, -1])), dim=1)

    def forward(self, features):
        heard = self.heard(features)
        # Spread evenly, so that nothing at the end is left out; speech shorter than a window is heard again.
        length = torch._shape_as_tensor(heard)[0]
        spare = torch.clamp(length - WINDOW, min=0)
        count = torch.div(spare + WINDOW // 2, WINDOW, rounding_mode="floor") + 1
        starts = torch.div(torch.arange(count) * spare, torch.clamp(count - 1, min=1), rounding_mode="floor")
        at = torch.remainder(starts[:, None] + torch.arange(WINDOW), length)
        return F.normalize(self.windows(heard[at]).mean(0), dim=0)
