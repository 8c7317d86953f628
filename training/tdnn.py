"""The network: convolutions over time, squeeze and excitation, attentive pooling."""

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Residual, gated by what the whole recording looks like."""

    def __init__(self, channels, dilation, groups):
        super().__init__()
        self.into = nn.Conv1d(channels, channels, 1)
        self.over = nn.Conv1d(channels, channels, 3, dilation=dilation, padding=dilation, groups=groups)
        self.out = nn.Conv1d(channels, channels, 1)
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in range(3))
        self.squeeze = nn.Linear(channels, channels // 4)
        self.excite = nn.Linear(channels // 4, channels)

    def forward(self, x):
        y = self.norms[0](F.relu(self.into(x)))
        y = self.norms[1](F.relu(self.over(y)))
        y = self.norms[2](F.relu(self.out(y)))
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(y.mean(2)))))
        return x + y * gate[:, :, None]


class Tdnn(nn.Module):
    """features [B, T, 80] -> [B, dimension]."""

    def __init__(self, channels=192, wide=288, dimension=192, groups=4, dilations=(2, 3, 4)):
        super().__init__()
        self.first = nn.Conv1d(80, channels, 5, padding=2)
        self.norm = nn.BatchNorm1d(channels)
        self.blocks = nn.ModuleList(Block(channels, d, groups) for d in dilations)
        self.mix = nn.Conv1d(channels * len(dilations), wide, 1)
        self.look = nn.Conv1d(wide * 3, 96, 1)
        self.attend = nn.Conv1d(96, wide, 1)
        self.pooled = nn.BatchNorm1d(2 * wide)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(2 * wide, dimension)
        self.embedding = nn.BatchNorm1d(dimension)

    def forward(self, features):
        x = (features - features.mean(1, keepdim=True)).transpose(1, 2)
        x = self.norm(F.relu(self.first(x)))
        levels = []
        for block in self.blocks:
            x = block(x)
            levels.append(x)
        x = F.relu(self.mix(torch.cat(levels, 1)))
        mean = x.mean(2, keepdim=True)
        deviation = ((x - mean).square().mean(2, keepdim=True) + 1e-5).sqrt()
        context = torch.cat([x, mean.expand_as(x), deviation.expand_as(x)], 1)
        weights = torch.softmax(self.attend(torch.tanh(self.look(context))), 2)
        mean = (x * weights).sum(2)
        deviation = ((x.square() * weights).sum(2) - mean.square()).clamp(min=1e-5).sqrt()
        return self.embedding(self.last(self.drop(self.pooled(torch.cat([mean, deviation], 1)))))
