"""What similarity the scores 90 and 20 stand for, from speakers left out of training.

python calibrate.py LEFT_OUT.json COHORT.json: embeddings by a model trained without those speakers, and of its cohort,
as `npm run evaluate -- FOLDER --embeddings` writes them. Prints the calibration, and what it does under other conditions.
"""

import json
import sys
from pathlib import Path

import numpy as np

from cohort import TOP

FALSE_ACCEPTS = {90: 0.005, 20: 0.02}
REFUSALS = 0.005


def read(file):
    return json.loads(Path(file).read_text())


def trials(rows, cohort, one, other):
    """-> similarities of the same speaker's recordings and of different speakers', normalised by the cohort."""
    sides = [[r for r in rows if r["file"].endswith(f"{name}.wav")] for name in (one, other)]
    a, b = (np.array([r["embedding"] for r in side]) for side in sides)

    def standing(x):
        nearest = np.sort(x @ cohort.T, 1)[:, -TOP:]
        return nearest.mean(1), nearest.std(1)

    (mean_a, deviation_a), (mean_b, deviation_b) = standing(a), standing(b)
    cosines = a @ b.T
    similarities = ((cosines - mean_a[:, None]) / deviation_a[:, None] + (cosines - mean_b) / deviation_b) / 2
    same = np.array([[r["speaker"] == s["speaker"] for s in sides[1]] for r in sides[0]])
    return similarities[same], similarities[~same]


def main(left_out, cohort):
    rows, cohort = read(left_out), np.array([row["embedding"] for row in read(cohort)])
    conditions = [
        ("whole-clean", "whole-clean"),
        ("whole-clean", "whole-telephone"),
        ("whole-telephone", "whole-telephone"),
        ("first-clean", "second-clean"),
        ("first-clean", "second-telephone"),
        ("first-telephone", "second-telephone"),
    ]
    results = {pair: trials(rows, cohort, *pair) for pair in conditions}
    strangers = np.concatenate([results[pair][1] for pair in conditions[:2]])
    honest = np.concatenate([results[pair][0] for pair in conditions[3:5]])
    at = {score: np.quantile(strangers, 1 - rate) for score, rate in FALSE_ACCEPTS.items()}
    refused = np.quantile(honest, REFUSALS)
    logit = {score: np.log(score / (100 - score)) for score in at}
    slope = (logit[90] - logit[20]) / (at[90] - at[20])
    print(json.dumps({"slope": slope, "offset": logit[90] - slope * at[90], "sameSpeakerSimilarity": refused}, indent=2))
    for (one, other), (same, different) in results.items():
        errors = [f"{score}: {(different >= s).mean():.4f} / {(same < s).mean():.4f}" for score, s in at.items()]
        turned = f"turned away {(same < refused).mean():.3f}, strangers caught {(different < refused).mean():.3f}"
        print(f"{one} x {other}: false accepts / rejects at {', at '.join(errors)}; {turned}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
