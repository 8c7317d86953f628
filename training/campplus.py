"""CAM++ (H. Wang, S. Zheng, Y. Chen, L. Cheng, Q. Chen: CAM++, a fast and efficient network for speaker verification
using context-aware masking, Interspeech 2023), as 3D-Speaker publishes it, and the same network for telephone speech.

Members are called as in the published weights, so that these load by name.
"""

import torch
from torch import nn
from torch.nn import functional as F


DIMENSION = 192
# Bins of the published network's filterbank (80 from 20 Hz to 8 kHz) that a telephone line carries, up to 3.5 kHz.
PUBLISHED_BINS, HEARD_BINS = 80, 56
GROWTH, BOTTLENECK, SEGMENT = 32, 128, 100


def named(**layers):
    sequence = nn.Sequential()
    for name, layer in layers.items():
        sequence.add_module(name, layer)
    return sequence


def norm_relu(channels):
    return named(batchnorm=nn.BatchNorm1d(channels), relu=nn.ReLU())


class Residual(nn.Module):
    """Two 3x3 convolutions over [B, C, bins, T] and a short cut; strides are over bins alone."""

    def __init__(self, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, (stride, 1), 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, channels, 1, (stride, 1), bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


class Front(nn.Module):
    """[B, bins, T] -> [B, 32 * bins / 8, T]: the two-dimensional part."""

    def __init__(self, channels=32):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(Residual(channels, 2), Residual(channels, 1))
        self.layer2 = nn.Sequential(Residual(channels, 2), Residual(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x.unsqueeze(1))))
        x = F.relu(self.bn2(self.conv2(self.layer2(self.layer1(x)))))
        return x.flatten(1, 2)


class Mask(nn.Module):
    """A convolution over time whose output is masked by what surrounds it: all of the speech, and two seconds of it."""

    def __init__(self, dilation):
        super().__init__()
        self.linear_local = nn.Conv1d(BOTTLENECK, GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(BOTTLENECK, BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(BOTTLENECK // 2, GROWTH, 1)

    def forward(self, x):
        around = F.avg_pool1d(x, SEGMENT, SEGMENT, ceil_mode=True) + x.mean(-1, keepdim=True)
        mask = torch.sigmoid(self.linear2(F.relu(self.linear1(around))))
        # One value a segment, repeated: computed on the segments, not on the frames.
        spread = mask.unsqueeze(-1).expand(-1, -1, -1, SEGMENT).flatten(2)[..., : x.shape[-1]]
        return self.linear_local(x) * spread


class Dense(nn.Module):
    """Adds 32 channels to those that came in."""

    def __init__(self, channels, dilation):
        super().__init__()
        self.nonlinear1 = norm_relu(channels)
        self.linear1 = nn.Conv1d(channels, BOTTLENECK, 1, bias=False)
        self.nonlinear2 = norm_relu(BOTTLENECK)
        self.cam_layer = Mask(dilation)

    def forward(self, x):
        return torch.cat([x, self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))], 1)


class Transit(nn.Module):
    """Half the channels."""

    def __init__(self, channels):
        super().__init__()
        self.nonlinear = norm_relu(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x):
        return self.linear(self.nonlinear(x))


class Entry(nn.Module):
    """From the front to 128 channels, at half the frames."""

    def __init__(self, channels):
        super().__init__()
        self.linear = nn.Conv1d(channels, 128, 5, 2, 2, bias=False)
        self.nonlinear = norm_relu(128)

    def forward(self, x):
        return self.nonlinear(self.linear(x))


class Statistics(nn.Module):
    def forward(self, x):
        # Single precision, and a floor: the slope of a root is endless at 0, where a channel is silent throughout.
        x = x.float()
        return torch.cat([x.mean(-1), x.var(-1).clamp(min=1e-8).sqrt()], 1)


class Embed(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.linear = nn.Conv1d(channels, DIMENSION, 1, bias=False)
        self.nonlinear = named(batchnorm=nn.BatchNorm1d(DIMENSION, affine=False))

    def forward(self, x):
        return self.nonlinear(self.linear(x.unsqueeze(-1)).squeeze(-1))


class CamPlusPlus(nn.Module):
    """features [B, T, bins], each bin's mean over time 0 -> [B, 192]."""

    def __init__(self, bins=PUBLISHED_BINS):
        super().__init__()
        self.head = Front()
        layers, channels = {"tdnn": Entry(32 * bins // 8)}, 128
        for number, (count, dilation) in enumerate([(12, 1), (24, 2), (16, 2)], 1):
            block = nn.Sequential()
            for layer in range(count):
                block.add_module(f"tdnnd{layer + 1}", Dense(channels, dilation))
                channels += GROWTH
            layers[f"block{number}"] = block
            layers[f"transit{number}"] = Transit(channels)
            channels //= 2
        layers |= {"out_nonlinear": norm_relu(channels), "stats": Statistics(), "dense": Embed(2 * channels)}
        self.xvector = named(**layers)

    def forward(self, features):
        return self.xvector(self.head(features.transpose(1, 2)))


def published(file):
    """The network with the weights that 3D-Speaker publishes."""
    network = CamPlusPlus()
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return network.eval()


def for_telephone(file):
    """The published network without the bins that no telephone line carries.

    What these say where nothing is to be heard is a constant, and stays as one: without it the network tells nobody apart.
    """
    weights = torch.load(file, map_location="cpu", weights_only=True)
    entry = weights["xvector.tdnn.linear.weight"].view(128, 32, PUBLISHED_BINS // 8, 5)
    heard = HEARD_BINS // 8
    with torch.no_grad():
        silent = published(file).head(torch.zeros(1, PUBLISHED_BINS, 9))[0, :, 4].view(32, PUBLISHED_BINS // 8)
    weights["xvector.tdnn.nonlinear.batchnorm.running_mean"] -= torch.einsum(
        "ocbk,cb->o", entry[:, :, heard:], silent[:, heard:]
    )
    weights["xvector.tdnn.linear.weight"] = entry[:, :, :heard].flatten(1, 2).contiguous()
    network = CamPlusPlus(HEARD_BINS)
    network.load_state_dict(weights)
    return network.eval()
