// A page to look at: votes and gold → posterior → certified thresholds → one HTML file with sliders and figures.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Consensus,
  Errors,
  Evaluation,
  Gold,
  Page,
  Report,
  Routing,
  Simulate,
  Skills,
  Study,
  Thresholds,
} from 'tandem-consensus';

const prevalence = 0.02;
const targets = { sensitivity: 0.98, specificity: 0.95, confidence: 0.95 };
const { votes, gold } = Simulate.inputs(
  Simulate.dataset({ stacks: 2000, prevalence, gold: { stalled: 900, flowing: 1400, chosen: 'stratified' } })(1),
);

// Gold has three uses, kept apart: it fits skills, certifies thresholds, and shows what came of it.
const { fit, tune, test } = Gold.split({ seed: 1 })(gold);
const evidence = { prevalence, skills: Skills.fromGold({ gold: fit })(votes) };
const terms = Consensus.heldOutTerms({ ...evidence, gold: fit })(votes);
const recalibration = Errors.getOrThrow(Consensus.recalibrate({ gold: fit })(terms));
const posterior = Consensus.fuse({ ...evidence, recalibration })(votes);
const { flowingBelow, stalledAbove } = Errors.getOrThrow(Thresholds.certify({ gold: tune, targets })(posterior));
const certified = { flowingBelow, stalledAbove };
const routing = Routing.route(certified)(posterior);
const evaluation = Evaluation.evaluate({ gold: test, prevalence })({ posterior, routing });

// Each part of a page is plain data; a part that is left out is a section that is left out.
const onTest = Page.onGold(test)(posterior);
const { html, json, figures } = await Report.page({
  title: 'Sample report',
  about: 'A simulated crowd without a model: 2,000 stacks and 2,300 gold stacks.',
  verdict: {
    verdict: 'certified',
    tone: 'good',
    certified: true,
    lines: ['Both thresholds were certified on tuning gold. Below they are held against gold that took no part in it.'],
    targets,
    claims: ['sensitivity', 'specificity'].map((name) => ({
      name,
      rate: evaluation[name],
      target: targets[name],
      outcome: Evaluation.against(targets[name])(evaluation[name]),
    })),
  },
  labels: {
    chosen: gold.chosen,
    uses: Object.entries({ fit, tune, test }).map(([use, part]) => ({ use, ...Gold.count(part) })),
    prevalence: { value: prevalence, from: 'as stated' },
  },
  explorer: {
    table: Page.thresholdTable({ gold: test, keep: certified })(posterior),
    chosen: certified,
    certified,
    prevalence,
    confidence: targets.confidence,
  },
  curves: { curves: [Page.sourceCurve({ source: 'crowd' })(onTest)], prevalence, targets },
  reliability: { series: [Page.reliabilitySeries({ name: 'crowd' })(onTest)] },
  votes: Page.voteCounts(votes),
  annotators: Study.annotators({ gold: fit })(votes),
});

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'tandem-page-'));
mkdirSync(join(folder, 'figures'), { recursive: true });
writeFileSync(join(folder, 'report.html'), html);
writeFileSync(join(folder, 'report.json'), json);
for (const { name, svg, csv } of figures) {
  writeFileSync(join(folder, 'figures', `${name}.svg`), svg);
  writeFileSync(join(folder, 'figures', `${name}.csv`), csv);
}
console.log(`Written to ${folder}: open report.html in any browser; it needs no network.`);
console.log(`report.html, report.json and ${figures.length} figures as SVG and CSV`);
