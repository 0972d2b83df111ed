# /// script
# requires-python = ">=3.10"
# dependencies = ["scipy==1.17.1"]
# ///
"""Contrasts of two groups whose stacks are all audited: Welch's interval, with the corrections that docs/math.md states.

    python3 contrast.py > contrast.json
"""

import json
from math import hypot, sqrt

from scipy.stats import t as student

SIZE = 1000
CASES = [
    [[10, 14, 9, 12], [4, 6, 5]],
    [[0, 3, 1], [2, 2, 9, 4, 1]],
    [[250, 310, 180, 275, 300], [210, 190]],
    [[7, 7, 7], [7, 7, 8]],
]


def moments(hits):
    k = len(hits)
    shares = [h / SIZE for h in hits]
    mean = sum(shares) / k
    error = sum((x - mean) ** 2 for x in shares) / (k - 1) / k
    return mean, error, k - 1


def welch(a, b, fa, fb):
    return (a + b) ** 2 / ((a**2 / fa if a else 0) + (b**2 / fb if b else 0))


def reach(first, second, tail):
    (m1, v1, f1), (m2, v2, f2) = first, second
    planned = [m1**2 / (f1 + 1) if v1 else 0, m2**2 / (f2 + 1) if v2 else 0]
    t = student.isf(tail, min(welch(v1, v2, f1, f2), welch(*planned, f1, f2)))
    longer = 1 + min(1, t * sqrt(v2) / m2) * (2 + t**-2) / 3 if v2 else 1
    return t * hypot(sqrt(v1), longer * sqrt(v2))


def case(first, second, confidence):
    a, b = moments(first), moments(second)
    tail = (1 - confidence) / 2
    difference = a[0] - b[0]
    return {
        "first": first,
        "second": second,
        "confidence": confidence,
        "lower": difference - reach(a, b, tail),
        "upper": difference + reach(b, a, tail),
    }


print(
    json.dumps(
        {"size": SIZE, "cases": [case(*groups, confidence) for groups in CASES for confidence in (0.9, 0.95)]},
        indent=1,
    )
)
