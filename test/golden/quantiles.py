# /// script
# requires-python = ">=3.11"
# dependencies = ["mpmath==1.2.1"]
# ///
"""Binomial, beta and normal distributions to the last bit -> quantiles.json.  Run here: uv run quantiles.py (some minutes)

Debian 12 has this version: apt-get install python3-mpmath, then /usr/bin/python3 quantiles.py gives the same bytes.
Arguments (k, n, p, delta, shapes, ...) are read from the file and taken as exact doubles; every value is computed here with
80 digits and rounded to the nearest double. A further row needs its arguments only. Not made here: `scipy_disagreement`, which
compares scipy 1.10.1, and `one_minus_x` below 1e-30, which the first generator did not resolve (see README.md).

The incomplete beta function is the continued fraction of DLMF 8.17.22 by Lentz's method, on the side where it converges.
Quantiles are Newton steps for the logarithm of the smaller tail, as a function of the logit; it is concave, so they converge.
"""
import json
from pathlib import Path

from mpmath import erf, erfc, exp, inf, isinf, log, loggamma, mp, mpf, sqrt, workdps

mp.dps = 80
# Of a tail next to 1 the logarithm is taken at 60 digits, as in the first generator: what is below 1e-60 is 0.
LOG_DIGITS = 60


def fraction(a, b, x):
    """DLMF 8.17.22 for I_x(a, b), without its prefactor; converges fast for x < (a + 1) / (a + b + 2)."""
    tolerance = mpf(10) ** (3 - mp.dps)
    c, d = mpf(1), 1 / (1 - (a + b) * x / (a + 1))
    value = d
    m = 1
    while True:
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + even * d)
        c = 1 + even / c
        value *= c * d
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + odd * d)
        c = 1 + odd / c
        value *= c * d
        if abs(c * d - 1) < tolerance:
            return value
        m += 1


def log_density(a, b, x, y):
    """ln of x^a y^b / B(a, b)."""
    return a * log(x) + b * log(y) + loggamma(a + b) - loggamma(a) - loggamma(b)


def tails(a, b, x, y):
    """I_x(a, b) and its complement, each with its logarithm, where y = 1 - x."""
    if x > (a + 1) / (a + b + 2):
        upper, lower, log_upper, log_lower = tails(b, a, y, x)
        return lower, upper, log_lower, log_upper
    log_lower = log_density(a, b, x, y) - log(a) + log(fraction(a, b, x))
    lower = exp(log_lower)
    with workdps(LOG_DIGITS):
        log_upper = log(1 - lower)
    return lower, 1 - lower, log_lower, log_upper


def solve(a, b, q):
    """x and 1 - x with I_x(a, b) = q, for q up to 1/2."""
    t = log(a) - log(b)
    full = mp.dps
    for digits in (25, full):
        mp.dps = digits
        while True:
            x, y = 1 / (1 + exp(-t)), 1 / (1 + exp(t))
            _, _, log_lower, _ = tails(a, b, x, y)
            # d I / dt = x^a y^b / B(a, b).
            step = (log(q) - log_lower) / exp(log_density(a, b, x, y) - log_lower)
            t += step
            # Steps square their error, so this one was the last that mattered.
            if abs(step) < mpf(10) ** (-digits // 2) * max(1, abs(t)):
                break
    return 1 / (1 + exp(-t)), 1 / (1 + exp(t))


def quantile(a, b, p, tail):
    a, b, p = mpf(a), mpf(b), mpf(p)
    if (p <= 0.5) == (tail == "lower"):
        return solve(a, b, min(p, 1 - p))
    y, x = solve(b, a, min(p, 1 - p))
    return x, y


def number(value):
    return ("Infinity" if value > 0 else "-Infinity") if isinf(value) else float(value)


def four(cdf, sf, ln_cdf, ln_sf):
    return {"cdf": number(cdf), "sf": number(sf), "ln_cdf": number(ln_cdf), "ln_sf": number(ln_sf)}


def binom(row):
    k, n, p = row["k"], row["n"], mpf(row["p"])
    if k == n:
        return {**row, **four(mpf(1), mpf(0), mpf(0), -inf)}
    sf, cdf, ln_sf, ln_cdf = tails(mpf(k + 1), mpf(n - k), p, 1 - p)
    return {**row, **four(cdf, sf, ln_cdf, ln_sf)}


def clopper_pearson(row):
    k, n, delta = row["k"], row["n"], row["delta"]
    upper, above = (mpf(1), mpf(0)) if k == n else quantile(k + 1, n - k, delta, "upper")
    lower, below = (mpf(0), mpf(1)) if k == 0 else quantile(k, n - k + 1, delta, "lower")
    values = {"upper": upper, "lower": lower, "one_minus_upper": above, "one_minus_lower": below}
    return {**row, **{key: float(value) for key, value in values.items()}}


def beta_quantile(row):
    x, y = quantile(row["a"], row["b"], row["p"], row["tail"])
    return {**row, "x": float(x), "one_minus_x": float(y) if y > 1e-30 else row["one_minus_x"]}


def beta_cdf(row):
    x = mpf(row["x"])
    return {**row, **four(*tails(mpf(row["a"]), mpf(row["b"]), x, 1 - x))}


def normal_tail(z):
    """P(Z > z)"""
    return erfc(z / sqrt(mpf(2))) / 2


def normal_quantile(p):
    """Newton for the logarithm of the smaller tail, which is concave."""
    q = min(p, 1 - p)
    z = mpf(0)
    while True:
        tail = normal_tail(z)
        step = (log(tail) - log(q)) * tail * sqrt(2 * mp.pi) * exp(z * z / 2)
        z += step
        if abs(step) < mpf(10) ** (-mp.dps // 2):
            return z if p > 0.5 else -z


def wilson(row):
    k, n = row["k"], row["n"]
    z = normal_quantile((1 + mpf(row["conf"])) / 2)
    share = mpf(k) / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * mpf(n) ** 2))
    scale = 1 + z * z / n
    lower = 0.0 if k == 0 else float((centre - half) / scale)
    upper = 1.0 if k == n else float((centre + half) / scale)
    return {**row, "lower": lower, "upper": upper}


MAKERS = {
    "binom": binom,
    "clopper_pearson": clopper_pearson,
    "beta_quantile": beta_quantile,
    "beta_cdf": beta_cdf,
    "normal_quantile": lambda row: {**row, "z": float(normal_quantile(mpf(row["p"])))},
    "normal_cdf": lambda row: {**row, "cdf": float(normal_tail(-mpf(row["z"]))), "sf": float(normal_tail(mpf(row["z"])))},
    "erf": lambda row: {**row, "erf": float(erf(mpf(row["x"]))), "erfc": float(erfc(mpf(row["x"])))},
    "lgamma": lambda row: {**row, "lgamma": float(loggamma(mpf(row["x"])))},
    "wilson": wilson,
}

path = Path(__file__).with_name("quantiles.json")
golden = json.loads(path.read_text())
for block, make in MAKERS.items():
    golden[block] = [make(row) for row in golden[block]]
path.write_text(json.dumps(golden, separators=(",", ":")))
