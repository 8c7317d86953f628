"""The two halves that need no network: statistics of a recording, then a discriminant projection (LDA)."""

import math

import torch
from torch import nn
from torch.nn import functional as F

CEPSTRA = 24
COMPONENTS = 64
RELEVANCE = 8.0


def cosine_transform(kept):
    """[80, kept]: the discrete cosine transform II of a log-mel frame, orthonormal."""
    k, n = torch.arange(kept), torch.arange(80)
    basis = torch.cos(math.pi * (n[:, None] + 0.5) * k / 80) * math.sqrt(2 / 80)
    basis[:, 0] /= math.sqrt(2)
    return basis


def delta(x):
    """Slope over five frames, edges repeated: [T, D] -> [T, D]."""
    p = F.pad(x.T[None], (2, 2), mode="replicate")[0].T
    return (2 * (p[4:] - p[:-4]) + (p[3:-1] - p[1:-3])) / 10


class Moments(nn.Module):
    """features [T, 80] -> 372 numbers: spread, movement, skew, tails and correlations of the cepstra."""

    size = 4 * CEPSTRA + CEPSTRA * (CEPSTRA - 1) // 2

    def __init__(self):
        super().__init__()
        self.register_buffer("basis", cosine_transform(CEPSTRA))
        self.register_buffer("pairs", torch.triu_indices(CEPSTRA, CEPSTRA, 1))

    def forward(self, features):
        x = (features - features.mean(0)) @ self.basis
        spread = (x.square().mean(0) + 1e-6).sqrt()
        z = x / spread
        moving = (delta(x).square().mean(0) + 1e-6).log() / 2
        tails = ((z.square().square()).mean(0) + 0.1).log()
        correlations = (z.T @ z / z.shape[0]).flatten()[self.pairs[0] * CEPSTRA + self.pairs[1]]
        return torch.cat([spread.log(), moving, (z * z * z).mean(0), tails, correlations])


class Mixture(nn.Module):
    """features [T, 80] -> how far the means of a universal Gaussian mixture move towards this voice (a supervector)."""

    def __init__(self, weights, means, variances):
        super().__init__()
        self.register_buffer("basis", cosine_transform(means.shape[1] // 2))
        self.register_buffer("means", means)
        self.register_buffer("precision", 1 / variances)
        self.register_buffer("scaled", means / variances)
        self.register_buffer(
            "constant", weights.log() - 0.5 * (variances.log().sum(1) + (means.square() / variances).sum(1))
        )
        self.register_buffer("stretch", (weights[:, None] / variances).sqrt())
        self.size = means.numel()

    def frames(self, features):
        x = (features - features.mean(0)) @ self.basis
        return torch.cat([x, delta(x)], 1)

    def posteriors(self, x):
        return torch.softmax(self.constant + x @ self.scaled.T - 0.5 * x.square() @ self.precision.T, 1)

    def forward(self, features):
        x = self.frames(features)
        share = self.posteriors(x)
        count = share.sum(0)[:, None]
        moved = (share.T @ x - count * self.means) / (count + RELEVANCE)
        return (moved * self.stretch).flatten()


def fit_mixture(frames, generator, components=COMPONENTS, rounds=12):
    """Expectation maximisation of a diagonal Gaussian mixture over frames [N, D]."""
    mean, variance = frames.mean(0), frames.var(0)
    start = torch.randperm(len(frames), generator=generator)[:components]
    weights = torch.full((components,), 1 / components)
    means, variances = frames[start].clone(), variance.repeat(components, 1)
    for _ in range(rounds):
        model = Mixture(weights, means, variances)
        count = torch.zeros(components, 1)
        first, second = torch.zeros_like(means), torch.zeros_like(means)
        for part in frames.split(20000):
            share = model.posteriors(part)
            count += share.sum(0)[:, None]
            first += share.T @ part
            second += share.T @ part.square()
        weights = (count / count.sum()).flatten()
        means = first / count
        variances = (second / count - means.square()).clamp(min=1e-3) .maximum(0.05 * variance)
    return weights, means, variances


class Scatter:
    """What LDA needs of a set of speakers, summed up so that sets can be added."""

    def __init__(self, size):
        self.within = torch.zeros(size, size)
        self.sum = torch.zeros(size)
        self.count = 0
        self.degrees = 0
        self.centres = []

    def add(self, vectors):
        """vectors [n, D] of one class."""
        centre = vectors.mean(0)
        rest = vectors - centre
        self.within.addmm_(rest.T, rest)
        self.sum += vectors.sum(0)
        self.count += len(vectors)
        self.degrees += len(vectors) - 1
        self.centres.append(centre)

    def __add__(self, other):
        both = Scatter(len(self.sum))
        both.within = self.within + other.within
        both.sum, both.count = self.sum + other.sum, self.count + other.count
        both.degrees, both.centres = self.degrees + other.degrees, self.centres + other.centres
        return both


def discriminant(scatter, dimension=200, ridge=0.1):
    """-> (mean [D], projection [D, dimension]): LDA with the within-class scatter's ridge at a share of its mean diagonal."""
    within = scatter.within / scatter.degrees
    # Standardised first, so that the ridge weighs all dimensions alike.
    scale = within.diagonal().clamp(min=1e-9).rsqrt()
    within = within * scale[:, None] * scale
    within += ridge * torch.eye(len(within))
    mean = scatter.sum / scatter.count
    lower = torch.linalg.cholesky(within.double())
    centres = (torch.stack(scatter.centres) - mean) * scale
    white = torch.linalg.solve_triangular(lower, centres.double().T, upper=False)
    values, vectors = torch.linalg.eigh(white @ white.T / white.shape[1])
    chosen = vectors.flip(1)[:, :dimension]
    projection = torch.linalg.solve_triangular(lower.T, chosen, upper=True)
    return mean, (projection.float() * scale[:, None]).contiguous()
