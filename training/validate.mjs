/**
 * Writes the model card from scores of simulated stacks the model has never seen.
 *
 *   node training/validate.mjs models/embedded/MODEL_CARD.md TEST.csv TUNE.csv...
 *
 * Beside the card it writes embedded.json, the pipeline with its file. The threshold and the Platt calibrator come from
 * TUNE, every figure from TEST.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Calibration, Errors, Evaluation, Gold } from '../dist/index.js';
import { embeddedModel, encodePipeline } from '../dist/model.js';

const [cardPath, testPath, ...tunePaths] = process.argv.slice(2);
if (tunePaths.length === 0) throw new Error('node training/validate.mjs MODEL_CARD.md TEST.csv TUNE.csv...');

const read = (path) => {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i], value])));
};
const scored = (rows) => rows.filter(({ score }) => score !== '');
const columns = (rows, of = ({ score }) => Number(score)) => ({
  score: Float64Array.from(rows, of),
  label: Uint8Array.from(rows, ({ truth }) => Number(truth)),
});

const CONFIDENCE = 0.95;
const judged = ({ score, label }, threshold) => {
  const count = (label_, above) =>
    label.reduce((sum, y, i) => sum + Number(y === label_ && score[i] > threshold === above), 0);
  const [tp, fn, fp, tn] = [count(1, true), count(1, false), count(0, true), count(0, false)];
  return {
    sensitivity: Evaluation.rate({ hits: tp, n: tp + fn, confidence: CONFIDENCE }),
    specificity: Evaluation.rate({ hits: tn, n: tn + fp, confidence: CONFIDENCE }),
  };
};
const mccAt = (scores, threshold, prevalence) => {
  const { sensitivity, specificity } = judged(scores, threshold);
  return Evaluation.mccAt({ sensitivity: sensitivity.estimate, specificity: specificity.estimate, prevalence }).value;
};
/** The middle between neighbouring scores with the best MCC at a prevalence. */
const bestThreshold = (scores, prevalence) => {
  const sorted = [...new Set(scores.score)].sort((a, b) => a - b);
  let best = { threshold: 0.5, mcc: -1 };
  for (let i = 1; i < sorted.length; i++) {
    const threshold = (sorted[i - 1] + sorted[i]) / 2;
    const mcc = mccAt(scores, threshold, prevalence);
    if (mcc > best.mcc) best = { threshold, mcc };
  }
  return best;
};
const correlation = (a, b) => {
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f) => a.reduce((total, _, i) => total + f(a[i] - ma, b[i] - mb), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
};

// Stacks of several files may share an id; the file tells them apart.
const tuneRows = tunePaths.flatMap((path, i) => read(path).map((row) => ({ ...row, stackId: `${i}/${row.stackId}` })));
const testRows = read(testPath);
const tune = columns(scored(tuneRows));
const rows = scored(testRows);
const test = columns(rows);
const {
  pipeline,
  models: [file],
} = embeddedModel();
const chosen = bestThreshold(tune, 0.05);
const threshold = pipeline.ensemble.stalledAbove;

const figure = (x) => x.toFixed(3);
const interval = ({ estimate, interval: { lower, upper } }) =>
  `${figure(estimate)} (${figure(lower)}–${figure(upper)})`;
const { sensitivity, specificity } = judged(test, threshold);
const at = (prevalence) => Evaluation.atPrevalence({ sensitivity, specificity, prevalence, confidence: CONFIDENCE });

const platt = Errors.getOrThrow(
  Calibration.platt(
    Gold.as('fit')(
      Gold.from({ chosen: 'stratified' })(
        scored(tuneRows).map(({ stackId, truth }) => ({ stackId, label: Number(truth) })),
      ),
    ),
  )({ stackIds: scored(tuneRows).map(({ stackId }) => stackId), score: tune.score }),
);
const calibrated = test.score.map(Calibration.probability(platt));
const BINS = 10;
const error = (probability) => figure(Evaluation.ece({ probability, label: test.label, bins: BINS }).ece);

// The shortcut: how large the crop is, and nothing else.
const size = columns(rows, ({ height, width }) => Math.log(Number(height) * Number(width)));
const tuneSize = columns(scored(tuneRows), ({ height, width }) => Math.log(Number(height) * Number(width)));
const sizeMcc = (prevalence) => mccAt(size, bestThreshold(tuneSize, prevalence).threshold, prevalence);
const within = (label, f) => {
  const class_ = rows.filter(({ truth }) => Number(truth) === label);
  const logit = class_.map(({ score }) => Math.log(Math.max(1e-7, score) / Math.max(1e-7, 1 - score)));
  return correlation(logit, class_.map(f));
};
const difficulty = ({ difficulty: u }) => Number(u);
const logSize = ({ height, width }) => Math.log(Number(height) * Number(width));
// Misses and false alarms by difficulty: do people and the model err on the same stacks?
const missedBy = (keep) => {
  const class_ = columns(rows.filter(keep));
  return judged(class_, threshold);
};
const stalled = rows
  .filter(({ truth }) => truth === '1')
  .map(difficulty)
  .sort((a, b) => a - b);
const third = (share) => stalled[Math.floor(share * stalled.length)];
const [low, high] = [third(1 / 3), third(2 / 3)];
const sensitivityWhere = (keep) => interval(missedBy((row) => row.truth === '1' && keep(difficulty(row))).sensitivity);
const specificityWhere = (keep) => interval(missedBy((row) => row.truth === '0' && keep(difficulty(row))).specificity);

const faults = testRows.filter(({ fault }) => fault !== '');
const refused = faults.filter(({ score }) => score === '');
const wrongly = testRows.filter(({ fault, score }) => fault === '' && score === '');
const mp4 = columns(rows.filter((row) => row.mp4 === '1'));
const count = (label) => test.label.reduce((sum, y) => sum + Number(y === label), 0);
const [rare, enriched] = [at(0.01), at(0.05)];

const card = `This model has seen only simulated data. It is for trying things out and for tests; never judge a real vessel by it.

# Model card: embedded

Five folds of a 3-D DenseNet (73,214 weights each) in one ONNX file of ${(statSync(file.path).size / 1e6).toFixed(2)} MB, opset 13:
input \`volume\` N × 1 × 32 × 32 × 32, five outputs N × 1. The first place's recipe of Clog Loss 2020 in miniature: outline in every
frame, union box, trilinear zoom, eight flips, mean of five folds. SHA-256 \`${file.sha256}\`. How it was made: \`training/README.md\`.

## Figures

On ${rows.length} simulated stacks that neither training nor threshold saw (${count(1)} stalled, ${count(0)} flowing; intervals of 95 %):

| figure | value |
|---|---|
| area under the ROC curve | ${figure(Evaluation.auc(test))} |
| sensitivity above ${threshold} | ${interval(sensitivity)} |
| specificity above ${threshold} | ${interval(specificity)} |
| MCC at 5 % stalled | ${interval(enriched.mcc)} |
| MCC at 1 % stalled | ${interval(rare.mcc)} |
| PPV at 5 % / 1 % stalled | ${interval(enriched.ppv)} / ${interval(rare.ppv)} |
| best MCC at 1 % stalled, threshold from the tuning set | ${figure(mccAt(test, bestThreshold(tune, 0.01).threshold, 0.01))} |
| area under the ROC curve, the ${mp4.label.length} stacks that went through H.264 | ${figure(Evaluation.auc(mp4))} |

The threshold is that of best MCC at 5 % stalled on ${tune.label.length} further stacks (${chosen.threshold.toFixed(4)} there, MCC ${figure(chosen.mcc)}).

## Calibration

Expected calibration error in ${BINS} bins at the test set's own ${((100 * count(1)) / rows.length).toFixed(0)} % stalled: raw score ${error(test.score)}; after Platt scaling on the
tuning set ${error(calibrated)} (a ${platt.a.toFixed(3)}, b ${platt.b.toFixed(3)}). Scores are trained at one stalled stack in four: calibrate before use, shift to your prevalence.

## Where it errs

How far the model is misled where simulated people are, by their shared difficulty u: its log-odds correlate with u by ${figure(within(1, difficulty))} among stalled and ${figure(within(0, difficulty))} among
flowing stacks; with the drawn stillness ${figure(within(1, ({ stillness }) => Number(stillness)))} and ${figure(within(0, ({ stillness }) => Number(stillness)))}.

| stacks | u below ${low.toFixed(2)} | between | above ${high.toFixed(2)} |
|---|---|---|---|
| sensitivity | ${sensitivityWhere((u) => u < low)} | ${sensitivityWhere((u) => u >= low && u < high)} | ${sensitivityWhere((u) => u >= high)} |
| specificity | ${specificityWhere((u) => u < low)} | ${specificityWhere((u) => u >= low && u < high)} | ${specificityWhere((u) => u >= high)} |

## Leakage

Simulated stalls are a little longer, as real ones are. The size of the crop alone reaches an area of ${figure(Evaluation.auc(size))} and an MCC of
${figure(sizeMcc(0.3))} at 30 % and ${figure(sizeMcc(0.05))} at 5 % stalled. The tensor has one size for all, so the model sees size only as scale: its log-odds correlate
with the log of the size by ${figure(within(1, logSize))} among stalled and ${figure(within(0, logSize))} among flowing stacks.

## Faults

${faults.length} of the test films were faulty (no outline, an outline that flickers or jumps, two outlines, one frame): ${refused.length} were refused by name,
${faults.length - refused.length} scored. ${wrongly.length} of ${testRows.length - faults.length} sound films were refused${wrongly.length === 0 ? '' : ` (${[...new Set(wrongly.map(({ failure }) => failure))].join(', ')})`}.
`;
writeFileSync(cardPath, card);
// The pipeline as a document, for `tandem score --preset models/embedded/embedded.json`.
const models = pipeline.models.map((model) => ({ ...model, file: basename(file.path), sha256: file.sha256 }));
writeFileSync(join(dirname(cardPath), 'embedded.json'), encodePipeline({ ...pipeline, models }));
process.stdout.write(card);
if (Math.abs(chosen.threshold - threshold) > 0.01) {
  process.stderr.write(`The tuning set would choose ${chosen.threshold.toFixed(4)}; the preset has ${threshold}.\n`);
}
