# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["numpy==1.24.2", "scipy==1.10.1"]
# ///
"""P-values of learn-then-test and what each procedure certifies -> riskControl.json.  Run here: uv run riskControl.py

Debian 12 has these versions: apt-get install python3-scipy, then /usr/bin/python3 riskControl.py gives the same bytes.
Read from the file: error counts and sizes of `mapie_binary`, data and grid of `end_to_end_grid`, p-values and u of
`partial_conjunction`, sizes and targets of `np_umbrella`. Everything else is computed here.

The null hypothesis of a candidate is "its risk is above alpha"; its p-value is P(Bin(n, alpha) <= errors), 1 where n is 0.
"""
import json
from pathlib import Path

from scipy.stats import binom


def p_value(errors, n, alpha):
    return 1.0 if n == 0 else float(binom.cdf(errors, n, alpha))


def holm(p_values, delta):
    """Step-down over all candidates, ties by index."""
    valid = []
    order = sorted(range(len(p_values)), key=lambda i: (p_values[i], i))
    for rank, i in enumerate(order):
        if p_values[i] > delta / (len(p_values) - rank):
            break
        valid.append(i)
    return sorted(valid)


def fixed_sequence(p_values, delta, order):
    """Stops at the first candidate that is not significant."""
    valid = []
    for i in order:
        if p_values[i] > delta:
            break
        valid.append(i)
    return sorted(valid)


def learn_then_test(case):
    delta = 1 - case["confidence"]
    per_risk = [
        {**risk, "p_values": [p_value(k, n, risk["alpha"]) for k, n in zip(risk["errors"], risk["n"])]}
        for risk in case["exact"]["per_risk"]
    ]
    # All risks have to hold, so a candidate is as good as its worst.
    p = [max(column) for column in zip(*(risk["p_values"] for risk in per_risk))]
    m = len(p)
    return {**case, "exact": {
        "per_risk": per_risk,
        "p_values": p,
        "bonferroni": [i for i in range(m) if p[i] <= delta / m],
        "holm": holm(p, delta),
        "fst_ascending": fixed_sequence(p, delta, range(m)),
        "fst_descending": fixed_sequence(p, delta, reversed(range(m))),
    }}


def two_thresholds(case):
    """Below lo flowing, above hi stalled, between them the crowd decides."""
    rows = list(zip(case["y"], case["scores"], case["crowd"]))
    positives = sum(case["y"])
    grid = []
    for lo, hi in ((candidate["lo"], candidate["hi"]) for candidate in case["grid"]):
        called = [0 if s < lo else 1 if s > hi else crowd for _, s, crowd in rows]
        fn = sum(y == 1 and c == 0 for (y, _, _), c in zip(rows, called))
        fp = sum(y == 0 and c == 1 for (y, _, _), c in zip(rows, called))
        p_fnr = p_value(fn, positives, case["alpha_fnr"])
        p_fpr = p_value(fp, len(rows) - positives, case["alpha_fpr"])
        grid.append({
            "lo": lo, "hi": hi, "fn": fn, "fp": fp, "automated": sum(s < lo or s > hi for _, s, _ in rows),
            "p_fnr": p_fnr, "p_fpr": p_fpr, "p": max(p_fnr, p_fpr),
        })
    valid = holm([candidate["p"] for candidate in grid], case["delta"])
    best = max(valid, key=lambda i: grid[i]["automated"], default=None)
    return {**case, "grid": grid, "holm_valid": valid, "best_automation": best}


def partial_conjunction(case):
    """H0: fewer than u of the m nulls are false."""
    p, u = sorted(case["p_values"]), case["u"]
    rest = p[u - 1:]
    simes = min(len(rest) * value / (rank + 1) for rank, value in enumerate(rest))
    return {**case, "bonferroni": min(1.0, len(rest) * rest[0]), "simes": min(1.0, simes)}


def umbrella(case):
    n, alpha, delta = case["n"], case["alpha"], case["delta"]
    k = -1
    while k + 1 < n and binom.cdf(k + 1, n, alpha) <= delta:
        k += 1
    least = 1
    while binom.cdf(0, least, alpha) > delta:
        least += 1
    return {**case, "max_allowed_errors": k, "np_umbrella_order": None if k < 0 else n - k, "min_n": least}


path = Path(__file__).with_name("riskControl.json")
golden = json.loads(path.read_text())
for block, make in (
    ("mapie_binary", learn_then_test), ("end_to_end_grid", two_thresholds),
    ("partial_conjunction", partial_conjunction), ("np_umbrella", umbrella),
):
    golden[block] = [make(case) for case in golden[block]]
path.write_text(json.dumps(golden, separators=(",", ":")))
