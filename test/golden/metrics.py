# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["numpy==1.24.2", "scipy==1.10.1", "scikit-learn==1.2.1", "statsmodels==0.13.5"]
# ///
"""Metrics, intervals and calibration error by other packages -> metrics.json.  Run here: uv run metrics.py

Debian 12 has these versions: apt-get install python3-sklearn python3-statsmodels, then /usr/bin/python3 metrics.py gives the same
bytes. Counts, labels, scores and weights are read from the file. A further case has the fields of its neighbours, with any values.
Made here: `metrics`, `sklearn`, `intervals` and `prevalence_adjusted` of `confusion`; areas, curves, Brier score, log-loss,
`best_mcc` and `ece` of `scores`. Left as they are, and used by no test: `mcc_inference`, `ppv_logit95`, `npv_logit95`, `delong`,
`murphy10`, `corp_brier`, `bootstrap`.
"""
import json
import math
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy.stats import beta
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

# Undefined figures are null in the file, so the packages need not say it.
warnings.simplefilter("ignore")
CLIP = 2.220446049250313e-16


def ratio(a, b):
    """Undefined is None."""
    return None if a is None or not b else a / b


def both(a, b, combine):
    return None if a is None or b is None else combine(a, b)


def number(x):
    x = float(x)
    return x if math.isfinite(x) else "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def metrics_of(tp, fp, fn, tn):
    n = tp + fp + fn + tn
    sensitivity, specificity = ratio(tp, tp + fn), ratio(tn, tn + fp)
    ppv, npv = ratio(tp, tp + fp), ratio(tn, tn + fn)
    fnr, fpr = ratio(fn, tp + fn), ratio(fp, tn + fp)
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    by_chance = (tp + fp) * (tp + fn) + (fn + tn) * (fp + tn)
    return {
        "sensitivity": sensitivity, "specificity": specificity, "ppv": ppv, "npv": npv,
        "fnr": fnr, "fpr": fpr, "fdr": ratio(fp, tp + fp), "for": ratio(fn, tn + fn),
        "accuracy": ratio(tp + tn, n), "f1": ratio(2 * tp, 2 * tp + fp + fn),
        "prevalence": ratio(tp + fn, n), "predicted_positive_rate": ratio(tp + fp, n),
        "balanced_accuracy": both(sensitivity, specificity, lambda a, b: (a + b) / 2),
        "informedness": both(sensitivity, specificity, lambda a, b: a + b - 1),
        "markedness": both(ppv, npv, lambda a, b: a + b - 1),
        "mcc": None if margins == 0 else (tp * tn - fp * fn) / math.sqrt(margins),
        "kappa": ratio((tp + tn) * n - by_chance, n * n - by_chance),
        "lr_plus": ratio(sensitivity, fpr), "lr_minus": ratio(fnr, specificity),
    }


def sklearn_of(tp, fp, fn, tn):
    """Four rows with weights instead of n rows."""
    y, predicted, weight = np.array([1, 0, 1, 0]), np.array([1, 1, 0, 0]), np.array([tp, fp, fn, tn], float)
    y, predicted, weight = y[weight > 0], predicted[weight > 0], weight[weight > 0]
    options = {"sample_weight": weight}
    return {
        "mcc": number(sk.matthews_corrcoef(y, predicted, **options)),
        "f1": number(sk.f1_score(y, predicted, zero_division=0, **options)),
        "balanced_accuracy": number(sk.balanced_accuracy_score(y, predicted, **options)),
        "accuracy": number(sk.accuracy_score(y, predicted, **options)),
        "kappa": number(sk.cohen_kappa_score(y, predicted, **options)),
    }


def intervals_of(hits, n):
    if n == 0:
        return None
    two_sided = lambda method, alpha: [float(bound) for bound in proportion_confint(hits, n, alpha=alpha, method=method)]
    wilson = two_sided("wilson", 0.1)
    return {
        "cp95": two_sided("beta", 0.05), "wilson95": two_sided("wilson", 0.05),
        "jeffreys95": two_sided("jeffreys", 0.05), "cp99": two_sided("beta", 0.01),
        "cp_lower_1s95": 0.0 if hits == 0 else float(beta.ppf(0.05, hits, n - hits + 1)),
        "cp_upper_1s95": 1.0 if hits == n else float(beta.isf(0.05, hits + 1, n - hits)),
        "wilson_lower_1s95": wilson[0], "wilson_upper_1s95": wilson[1],
    }


def at_prevalence(row, tp, fp, fn, tn):
    """Sensitivity and specificity kept, prevalence replaced."""
    sensitivity, specificity = ratio(tp, tp + fn), ratio(tn, tn + fp)
    if sensitivity is None or specificity is None:
        return None
    n, pi = tp + fp + fn + tn, row["prevalence"]
    called = pi * sensitivity + (1 - pi) * (1 - specificity)
    spread = called * (1 - called)
    return {
        **row,
        "ppv": ratio(pi * sensitivity, called), "npv": ratio((1 - pi) * specificity, 1 - called),
        "mcc": None if spread == 0 else (sensitivity + specificity - 1) * math.sqrt(pi * (1 - pi) / spread),
        "predicted_positive_rate": called,
        "weight_pos": pi * n / (tp + fn), "weight_neg": (1 - pi) * n / (tn + fp),
    }


def confusion(case):
    counts = tp, fp, fn, tn = [case[key] for key in ("tp", "fp", "fn", "tn")]
    made = {"metrics": metrics_of(*counts)}
    if "intervals" in case:
        made["sklearn"] = sklearn_of(*counts)
        made["intervals"] = {
            "sensitivity": intervals_of(tp, tp + fn), "specificity": intervals_of(tn, tn + fp),
            "ppv": intervals_of(tp, tp + fp), "npv": intervals_of(tn, tn + fn), "accuracy": intervals_of(tp + tn, sum(counts)),
        }
        made["prevalence_adjusted"] = [row and at_prevalence(row, *counts) for row in case["prevalence_adjusted"]]
    return {**case, **made}


def best_mcc(y, scores):
    """Every threshold of the highest MCC, compared as exact fractions; an undefined MCC counts as 0."""
    rows = []
    for threshold in [math.inf, *sorted(set(scores.tolist()), reverse=True)]:
        called = scores >= threshold
        tp, fp = int((called & (y == 1)).sum()), int((called & (y == 0)).sum())
        fn, tn = int((~called & (y == 1)).sum()), int((~called & (y == 0)).sum())
        product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        difference = tp * tn - fp * fn
        square = Fraction(difference * abs(difference), product) if product > 0 else Fraction(0)
        rows.append((square, {"threshold": number(threshold), "tp": tp, "fp": fp, "fn": fn, "tn": tn}))
    best = max(square for square, _ in rows)
    return {
        "mcc": math.copysign(math.sqrt(abs(best)), best),
        "thresholds": [row for square, row in rows if square == best],
    }


def equal_mass(scores, bins):
    index = np.empty(len(scores), int)
    for bin_, rows in enumerate(np.array_split(np.argsort(scores, kind="stable"), bins)):
        index[rows] = bin_
    return index


def equal_width(scores, bins, side):
    """side "right": bins [a, b), the last one closed; "left": bins (a, b], the first one closed."""
    return np.clip(np.searchsorted(np.linspace(0, 1, bins + 1), scores, side=side) - 1, 0, bins - 1)


def calibration_error(y, scores, index, bins, with_bins=True):
    rows = [
        {"bin": b, "count": int((index == b).sum()),
         "mean_pred": float(scores[index == b].mean()), "mean_obs": float(y[index == b].mean())}
        for b in range(bins) if (index == b).any()
    ]
    share = [row["count"] / len(y) for row in rows]
    gap = [abs(row["mean_pred"] - row["mean_obs"]) for row in rows]
    # The variance of a bin's rate is in the squared gap, so it is taken off.
    chance = [
        row["mean_obs"] * (1 - row["mean_obs"]) / (row["count"] - 1) if row["count"] > 1 else 0 for row in rows
    ]
    return {
        "ece": sum(w * g for w, g in zip(share, gap)), "mce": max(gap),
        "rms": math.sqrt(sum(w * g**2 for w, g in zip(share, gap))),
        "debiased_l2_sq": sum(w * (g**2 - c) for w, g, c in zip(share, gap, chance)),
        **({"bins": rows} if with_bins else {}),
    }


def curve(y, scores, strategy):
    true, predicted = calibration_curve(y, scores, n_bins=10, strategy=strategy)
    return {"prob_true": true.tolist(), "prob_pred": predicted.tolist()}


def ece(y, scores):
    width = lambda bins, side: calibration_error(y, scores, equal_width(scores, bins, side), bins, side == "right")
    return {
        "width10_left": width(10, "right"), "width10_right": width(10, "left"),
        "width15_left": width(15, "right"), "width15_right": width(15, "left"),
        "mass10_rank": calibration_error(y, scores, equal_mass(scores, 10), 10),
        "sklearn_calibration_curve_quantile10": curve(y, scores, "quantile"),
        "sklearn_calibration_curve_uniform10": curve(y, scores, "uniform"),
    }


def roc_curve(y, scores, weight):
    fpr, tpr, thresholds = sk.roc_curve(y, scores, sample_weight=weight, drop_intermediate=False)
    # As scikit-learn has it since 1.3.
    thresholds[0] = math.inf
    return {"fpr": list(map(number, fpr)), "tpr": list(map(number, tpr)), "thresholds": list(map(number, thresholds))}


def pr_curve(y, scores, weight):
    parts = sk.precision_recall_curve(y, scores, sample_weight=weight)
    return {name: list(map(number, part)) for name, part in zip(("precision", "recall", "thresholds"), parts)}


def log_loss(y, scores, weight):
    p = np.clip(scores, CLIP, 1 - CLIP)
    return float(-np.average(np.log(np.where(y == 1, p, 1 - p)), weights=weight))


def scored(case):
    y, scores = np.array(case["y"]), np.array(case["scores"], float)
    weight = np.array(case["sample_weight"]) if "sample_weight" in case else None
    has_both = 0 < y.sum() < len(y)
    partial = lambda most: lambda: float(sk.roc_auc_score(y, scores, sample_weight=weight, max_fpr=most))
    makers = {
        "roc_auc": lambda: float(sk.roc_auc_score(y, scores, sample_weight=weight)) if has_both else None,
        "average_precision": lambda: float(sk.average_precision_score(y, scores, sample_weight=weight)) if y.any() else None,
        **{f"pauc_mcclish_{most}": partial(most) for most in (0.01, 0.05, 0.1, 0.5)},
        "roc_curve": lambda: roc_curve(y, scores, weight),
        "pr_curve": lambda: pr_curve(y, scores, weight),
        "brier": lambda: float(np.average((scores - y) ** 2, weights=weight)),
        "log_loss_eps2.2e-16": lambda: log_loss(y, scores, weight),
        "best_mcc": lambda: best_mcc(y, scores),
        "ece": lambda: ece(y, scores),
    }
    # Which figures a case has depends on what its scores are: probabilities or not, one class or two.
    return {key: makers[key]() if key in makers else value for key, value in case.items()}


path = Path(__file__).with_name("metrics.json")
golden = json.loads(path.read_text())
golden["confusion"] = [confusion(case) for case in golden["confusion"]]
golden["scores"] = [scored(case) for case in golden["scores"]]
path.write_text(json.dumps(golden, separators=(",", ":")))
