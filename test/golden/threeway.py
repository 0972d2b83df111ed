# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["numpy==1.24.2", "scipy==1.10.1"]
# ///
"""Two thresholds by order statistics, on the data in the file -> threeway.json.  Run here: uv run threeway.py

Debian 12 has these versions: apt-get install python3-scipy, then /usr/bin/python3 threeway.py gives the same bytes.
The data sets and the targets of each case are read from the file; every other field of a case is computed here.
A further case is a row with `name`, `dataset` and the four targets.

lo is the (k_fnr + 1)-th smallest score of a positive, hi the (k_fpr + 1)-th largest of a negative, where k is the most errors
with P(Bin(n, alpha) <= k) <= delta. Below lo: flowing. Above hi: stalled. Otherwise a human decides.
"""
import json
import math
from pathlib import Path

from scipy.stats import beta, binom

PREVALENCE = 0.01


def most_errors(n, alpha, delta):
    """-1 where no number of errors is allowed."""
    k = -1
    while k + 1 < n and binom.cdf(k + 1, n, alpha) <= delta:
        k += 1
    return k


def upper_bound(k, n, delta):
    return None if k < 0 else float(beta.isf(delta, k + 1, n - k))


def number(x):
    return x if math.isfinite(x) else ("Infinity" if x > 0 else "-Infinity")


def solve(case, data):
    positive = sorted(p for y, p in zip(data["y"], data["p"]) if y == 1)
    negative = sorted((p for y, p in zip(data["y"], data["p"]) if y == 0), reverse=True)
    k_fnr = most_errors(len(positive), case["alpha_fnr"], case["delta_fnr"])
    k_fpr = most_errors(len(negative), case["alpha_fpr"], case["delta_fpr"])
    lo = -math.inf if k_fnr < 0 else positive[k_fnr]
    hi = math.inf if k_fpr < 0 else negative[k_fpr]
    found = {
        **{key: case[key] for key in ("name", "alpha_fnr", "alpha_fpr", "delta_fnr", "delta_fpr")},
        "n_pos": len(positive), "n_neg": len(negative), "k_fnr": k_fnr, "k_fpr": k_fpr,
        "lo": number(lo), "hi": number(hi), "crossed": lo > hi,
        "empirical": {"misses": sum(p < lo for p in positive), "false_alarms": sum(p > hi for p in negative)},
        "certified_fnr_upper": upper_bound(k_fnr, len(positive), case["delta_fnr"]),
        "certified_fpr_upper": upper_bound(k_fpr, len(negative), case["delta_fpr"]),
    }
    if lo > hi:
        rule = "any t with hi < t <= lo: stalled iff s >= t"
        found["single_threshold_interval"] = {"open_low": hi, "closed_high": lo, "rule": rule}
    else:
        n = len(data["p"])
        flowing = sum(p < lo for p in data["p"])
        stalled = sum(p > hi for p in data["p"])
        found["counts"] = {"auto_flowing": flowing, "auto_stalled": stalled, "human": n - flowing - stalled}
        if positive and negative:
            decided = [sum(p < lo or p > hi for p in scores) / len(scores) for scores in (positive, negative)]
            found["automation"] = {
                "sample": (flowing + stalled) / n,
                "pi_0.01": PREVALENCE * decided[0] + (1 - PREVALENCE) * decided[1],
            }
    found["dataset"] = case["dataset"]
    return found


path = Path(__file__).with_name("threeway.json")
golden = json.loads(path.read_text())
golden["threeway"] = [solve(case, golden["datasets"][case["dataset"]]) for case in golden["threeway"]]
path.write_text(json.dumps(golden))
