// Figures of merit for probabilities against truth; conventions of the published reference runs.

/** Truth as stack id → label, from a decoded gold set. */
export const truthOf = (gold) => new Map(gold.stackIds.map((id, row) => [id, gold.label[row]]));

/**
 * Probabilities and labels of the stacks that have truth. Calls are made at the method's own cut where it has one (chosen
 * without truth), else at ½; ties count as flowing, as the reference does.
 */
export const judge = ({ posterior, truth, cut = posterior.decisionLogOdds ?? 0 }) => {
  const p = [];
  const y = [];
  posterior.stackIds.forEach((id, s) => {
    const label = truth.get(id);
    if (label === undefined) return;
    p.push(1 / (1 + Math.exp(-posterior.logOdds[s])));
    y.push(label);
  });
  return figures(p, y, 1 / (1 + Math.exp(-cut)));
};

export const figures = (p, y, cut = 0.5) => {
  let [tp, fp, fn, tn, loss] = [0, 0, 0, 0, 0];
  for (let i = 0; i < p.length; i++) {
    const predicted = p[i] > cut ? 1 : 0;
    if (predicted === 1) y[i] === 1 ? tp++ : fp++;
    else y[i] === 1 ? fn++ : tn++;
    loss -= Math.log(Math.min(Math.max(y[i] === 1 ? p[i] : 1 - p[i], 1e-15), 1));
  }
  const margins = Math.sqrt(tp + fp) * Math.sqrt(tp + fn) * Math.sqrt(tn + fp) * Math.sqrt(tn + fn);
  return {
    n: p.length,
    accuracy: (tp + tn) / p.length,
    f1: tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn),
    mcc: margins === 0 ? 0 : (tp * tn - fp * fn) / margins,
    sensitivity: tp / (tp + fn),
    specificity: tn / (tn + fp),
    logLoss: loss / p.length,
    ece: widthEce(p, y, 15),
    auroc: auroc(p, y),
  };
};

/** Expected calibration error of P(stalled) on bins of equal width: the reference's definition. */
const widthEce = (p, y, bins) => {
  const sum = new Float64Array(bins);
  const hits = new Float64Array(bins);
  p.forEach((value, i) => {
    const bin = Math.min(bins - 1, Math.floor(value * bins));
    sum[bin] += value;
    hits[bin] += y[i];
  });
  let error = 0;
  for (let bin = 0; bin < bins; bin++) error += Math.abs(sum[bin] - hits[bin]);
  return error / p.length;
};

const auroc = (p, y) => {
  const order = p.map((_, i) => i).sort((a, b) => p[a] - p[b]);
  let rankSum = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j < order.length && p[order[j]] === p[order[i]]) j++;
    for (let k = i; k < j; k++) {
      if (y[order[k]] === 1) {
        rankSum += (i + j + 1) / 2;
        positives++;
      }
    }
    i = j;
  }
  const negatives = p.length - positives;
  return positives === 0 || negatives === 0
    ? undefined
    : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
};
