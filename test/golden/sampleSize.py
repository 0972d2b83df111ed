# /// script
# requires-python = ">=3.11"
# ///
"""Least gold for a certificate, and the errors it allows -> sampleSize.json.  Run here: python3 sampleSize.py

No library: binomial tails are sums of exact terms at 60 digits, so every integer is certain.
sample_size: the least n with P(Bin(n, rate) <= errors) <= delta.
np_umbrella: the most errors k with P(Bin(n, rate) <= k) <= delta; the order statistic n - k; the least n that allows 0 errors.
"""
import json
from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 60

SAMPLE_RATES = (0.01, 0.05, 0.005, 0.001)
SAMPLE_DELTAS = (0.1, 0.05, 0.045, 0.025, 0.01, 0.005)
SAMPLE_ERRORS = range(11)
UMBRELLA_SIZES = (58, 59, 60, 100, 299, 300, 472, 473, 1000, 5000)
UMBRELLA_TARGETS = ((0.05, 0.05), (0.01, 0.05), (0.01, 0.045), (0.05, 0.005), (0.1, 0.1))


def lower_tails(n, rate):
    """P(Bin(n, rate) <= k) for k = 0, 1, 2, ... `rate` is the exact value of the double."""
    p = Decimal(rate)
    term = (1 - p) ** n
    total = term
    for k in range(n + 1):
        yield total
        term *= Decimal(n - k) / (k + 1) * p / (1 - p)
        total += term


def at_most(errors, n, rate):
    for k, tail in enumerate(lower_tails(n, rate)):
        if k == min(errors, n):
            return tail


def least_n(errors, rate, delta):
    """The tail falls as n grows, so it can be bisected."""
    low, high = errors, errors + 1
    while at_most(errors, high, rate) > Decimal(delta):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at_most(errors, middle, rate) <= Decimal(delta) else (middle, high)
    return high


def most_errors(n, rate, delta):
    """-1 where no number of errors is allowed."""
    for k, tail in enumerate(lower_tails(n, rate)):
        if tail > Decimal(delta):
            return k - 1


umbrella = []
for n in UMBRELLA_SIZES:
    for rate, delta in UMBRELLA_TARGETS:
        k = most_errors(n, rate, delta)
        umbrella.append({
            "n": n, "alpha": rate, "delta": delta, "max_allowed_errors": k,
            "np_umbrella_order": None if k < 0 else n - k, "min_n": least_n(0, rate, delta),
        })

path = Path(__file__).with_name("sampleSize.json")
# What the file says of itself stays; all numbers are made here.
golden = json.loads(path.read_text())
golden["np_umbrella"] = umbrella
golden["sample_size"] = [
    [rate, delta, errors, least_n(errors, rate, delta)]
    for rate in SAMPLE_RATES for delta in SAMPLE_DELTAS for errors in SAMPLE_ERRORS
]
path.write_text(json.dumps(golden))
