# /// script
# requires-python = ">=3.11"
# ///
"""Crowd methods on sets of bench/data -> crowd.json.  Run here: python3 crowd.py (about a minute)

No library, and plain formulas instead of fast ones, so that an error in the package is not repeated here.
A new method: write a function from votes to a plain dictionary, add it to METHODS, run this file, and add a test that compares
(crowd.test.ts shows how). Results are rounded to 9 decimals, so that the last bits of `log` and `exp` on other machines do not
change the file.
"""
import csv
import gzip
import json
from collections import defaultdict
from math import exp, fsum, inf, log
from pathlib import Path

HERE = Path(__file__).parent
# Both without repeated rows, where every implementation agrees on what a vote is.
SETS = ("barzan", "sp_amt")


def read_votes(name):
    """Task -> list of (worker, label), in the order of the file."""
    votes = defaultdict(list)
    with gzip.open(HERE / "../../bench/data" / name / "votes.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            votes[row["task"]].append((row["worker"], int(row["label"])))
    return votes


def ln(p):
    return log(p) if p > 0 else -inf


def expectation(votes, prior, p_one):
    """P(label 1) of each task and the log-likelihood; p_one[worker][y] = P(votes 1 | true label y)."""
    posterior, likelihood = {}, []
    for task, answers in votes.items():
        joint = [
            ln(prior if y == 1 else 1 - prior)
            + fsum(ln(p_one[w][y] if label == 1 else 1 - p_one[w][y]) for w, label in answers)
            for y in (0, 1)
        ]
        top = max(joint)
        total = top + log(fsum(exp(z - top) for z in joint))
        posterior[task] = exp(joint[1] - total)
        likelihood.append(total)
    return posterior, fsum(likelihood)


def maximise_likelihood(votes, rates):
    """Expectation-maximisation from vote shares, until no posterior moves by more than 1e-12."""
    by_worker = defaultdict(list)
    for task, answers in votes.items():
        for worker, label in answers:
            by_worker[worker].append((task, label))
    posterior = {task: sum(label for _, label in answers) / len(answers) for task, answers in votes.items()}
    while True:
        before = posterior
        prior = fsum(before.values()) / len(before)
        p_one = {worker: rates([(before[task], label) for task, label in cast]) for worker, cast in by_worker.items()}
        posterior, likelihood = expectation(votes, prior, p_one)
        if max(abs(posterior[task] - before[task]) for task in votes) < 1e-12:
            break
    # Votes that a worker cast on tasks of each class. A rate of less than half a vote is next to 0/0, so it is left out.
    weight = {
        worker: [fsum(1 - posterior[task] for task, _ in cast), fsum(posterior[task] for task, _ in cast)]
        for worker, cast in by_worker.items()
    }
    return {
        "logLikelihood": likelihood,
        "prevalence": prior,
        "sensitivity": {worker: p[1] for worker, p in p_one.items() if weight[worker][1] > 0.5},
        "specificity": {worker: 1 - p[0] for worker, p in p_one.items() if weight[worker][0] > 0.5},
        "posterior": posterior,
    }


def two_rates(cast):
    """Dawid and Skene (1979): P(votes 1 | true 0) and P(votes 1 | true 1) of one worker."""
    weight = [fsum(1 - p for p, _ in cast), fsum(p for p, _ in cast)]
    ones = [fsum(1 - p for p, label in cast if label == 1), fsum(p for p, label in cast if label == 1)]
    return [ones[y] / weight[y] if weight[y] > 0 else 0.5 for y in (0, 1)]


def one_rate(cast):
    """One accuracy for both classes."""
    accuracy = fsum(p if label == 1 else 1 - p for p, label in cast) / len(cast)
    return [1 - accuracy, accuracy]


METHODS = {
    "dawidSkene": lambda votes: maximise_likelihood(votes, two_rates),
    "oneCoin": lambda votes: maximise_likelihood(votes, one_rate),
}


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    # Adding zero turns -0.0 into 0.0.
    return round(value, 9) + 0.0


golden = {"how_produced": "crowd.py beside it: Python standard library, double precision, sums by math.fsum"}
for name in SETS:
    votes = read_votes(name)
    golden[name] = {method: rounded(run(votes)) for method, run in METHODS.items()}

with open(HERE / "crowd.json", "w") as out:
    json.dump(golden, out, indent=1)
    out.write("\n")
