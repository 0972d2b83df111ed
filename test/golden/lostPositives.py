# /// script
# requires-python = ">=3.11"
# ///
"""Exact hypergeometric upper limits of lost positives, and of kept ones, in rational arithmetic -> lostPositives.json.

No library: P(X = k) = C(M, k) C(N - M, n - k) / C(N, n) as fractions, so that the limit is the integer it is.
upper = max M with P(X <= h | M) > delta; lower = min M with P(X >= h | M) > delta.
"""
import json
from fractions import Fraction
from math import comb

CASES = [
    (10000, 300, 0), (10000, 300, 1), (10000, 300, 3), (5910, 600, 0), (2000, 20, 0), (2000, 100, 2),
    (500, 500, 4), (500, 0, 0), (60, 30, 1), (1, 1, 0), (1, 0, 0), (20000, 1000, 5),
    # So many drawn that masses far from the mean are below the least of a double.
    (100000, 2000, 4), (60000, 1200, 0), (60000, 1200, 12), (20000, 3000, 3000), (5000, 1200, 1190),
]


def at_most(h, n, marked, of):
    """The shorter of the two sums that give it."""
    total = comb(of, n)
    term = lambda k: comb(marked, k) * comb(of - marked, n - k)
    if h <= n // 2:
        return Fraction(sum(map(term, range(0, h + 1))), total)
    return 1 - Fraction(sum(map(term, range(h + 1, n + 1))), total)


def at_least(h, n, marked, of):
    return 1 - at_most(h - 1, n, marked, of) if h > 0 else Fraction(1)


def bisect(holds, low, high):
    """The largest M in [low, high] for which `holds`, which it does up to some M; it holds at low."""
    while low < high:
        mid = (low + high + 1) // 2
        low, high = (mid, high) if holds(mid) else (low, mid - 1)
    return low


rows = []
for of, n, h in CASES:
    for delta in ("0.05", "0.01"):
        d = Fraction(delta)
        upper = bisect(lambda m: at_most(h, n, m, of) > d, h, of - n + h)
        most = of - n + h
        lower = most - bisect(lambda back: at_least(h, n, most - back, of) > d, 0, most - h)
        rows.append({"stacks": of, "audited": n, "stalled": h, "delta": float(d), "lower": lower, "upper": upper})

with open("lostPositives.json", "w") as out:
    json.dump({"how_produced": "lostPositives.py beside it: python, exact rational arithmetic", "cases": rows}, out, indent=1)
    out.write("\n")
