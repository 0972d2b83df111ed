# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["numpy==1.24.2", "scipy==1.10.1", "scikit-learn==1.2.1"]
# ///
"""Isotonic calibration and prior shift by other means -> calibration.json, in part.  Run here: uv run calibration.py

Debian 12 has these versions: apt-get install python3-sklearn, then /usr/bin/python3 calibration.py gives the same bytes.
Made here: `isotonic` of every case, from its scores, labels and weights, and `prior_shift`. Left as they are: `platt`,
`temperature_on_scores_as_logits` and `beta`. They are optima found step by step by a program that was not kept, so their last
digits cannot be had again; the tests ask for seven digits. (README.md says so, too.)
"""
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
from sklearn.isotonic import IsotonicRegression


def blocks(scores, y, weight):
    """Pooling of adjacent violators in rational arithmetic: nothing is rounded before the end."""
    pooled = []
    for score in sorted(set(scores)):
        rows = [(Fraction(w), label) for s, label, w in zip(scores, y, weight) if s == score]
        pooled.append([score, score, sum(w for w, _ in rows), sum(w * label for w, label in rows)])
        # total / weight of the block before is not below this one's, so they are one block.
        while len(pooled) > 1 and pooled[-2][3] * pooled[-1][2] >= pooled[-1][3] * pooled[-2][2]:
            _, hi, w, total = pooled.pop()
            pooled[-1] = [pooled[-1][0], hi, pooled[-1][2] + w, pooled[-1][3] + total]
    return [{"lo": lo, "hi": hi, "weight": float(w), "value": float(total / w)} for lo, hi, w, total in pooled]


def isotonic(case):
    scores, weight = np.array(case["scores"], float), case.get("sample_weight")
    fit = IsotonicRegression(out_of_bounds="clip").fit(scores, case["y"], sample_weight=weight)
    query = case["isotonic"]["query"]
    return {
        "x_knots": fit.X_thresholds_.tolist(), "y_knots": fit.y_thresholds_.tolist(),
        "fitted": fit.predict(scores).tolist(),
        "query": query, "query_fitted": fit.predict(np.array(query)).tolist(),
        "blocks": blocks(case["scores"], case["y"], weight or [1] * len(scores)),
    }


def prior_shift(row):
    p, before, after = row["p"], row["prior_cal"], row["prior_target"]
    stalled = p * (after / before)
    return {**row, "p_adjusted": stalled / (stalled + (1 - p) * (1 - after) / (1 - before))}


path = Path(__file__).with_name("calibration.json")
golden = json.loads(path.read_text())
golden["cases"] = [{**case, "isotonic": isotonic(case)} for case in golden["cases"]]
golden["prior_shift"] = [prior_shift(row) for row in golden["prior_shift"]]
path.write_text(json.dumps(golden, separators=(",", ":")))
