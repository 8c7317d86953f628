"""Embeddings of strangers -> the cohort of a model: python cohort.py EMBEDDINGS.json MODEL_DIRECTORY.

EMBEDDINGS.json is what `npm run evaluate -- FOLDER --embeddings` writes; MODEL_DIRECTORY holds model.json.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

TOP = 50


def main(embeddings, directory):
    cohort = np.array([row["embedding"] for row in json.loads(embeddings.read_text())], "<f4").tobytes()
    (directory / "cohort.f32").write_bytes(cohort)
    description = json.loads((directory / "model.json").read_text())
    description["cohort"] = {"sha256": hashlib.sha256(cohort).hexdigest(), "top": TOP}
    (directory / "model.json").write_text(json.dumps(description, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
