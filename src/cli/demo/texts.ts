import { FLOWING, type Label, labelName, STALLED } from '../../domain/label.js';
import { countText, fixed, lines, percent, some } from '../../output/format.js';

/** What the demo did, in the order of the work. */
export interface DemoStep {
  readonly what: string;
  readonly how: string;
  readonly seconds: number;
}

/** What became of one new stack. The truth is known because it is simulated. */
export interface DemoStack {
  readonly stackId: string;
  readonly truth: Label;
  /** Absent when there is none; `failure` says why. */
  readonly score?: number;
  readonly failure?: { readonly tag: string; readonly reason: string };
  readonly votes: { readonly stalled: number; readonly all: number };
  /** Absent when neither votes nor a score know the stack. */
  readonly decided?: { readonly posterior: number; readonly decision: string };
}

/** What is about to be shown, and that it is not real. */
export const demoIntroduction = (planned: {
  readonly stacks: number;
  readonly prevalence: number;
  readonly gold: number;
}): string => {
  const stalled = `about ${percent(planned.prevalence)} of them stalled`;
  return lines(
    `A simulated laboratory: ${some(planned.stacks, 'new stack')} filmed as mp4, ${stalled} (far more than in real data, so`,
    `that there is something to see), votes of a crowd, and ${countText(planned.gold)} gold stacks. Nothing here is real.`,
  );
};

/** Steps with their times. */
export const stepsText = (steps: readonly DemoStep[]): string => {
  const width = Math.max(...steps.map(({ what }) => what.length));
  const rows = steps.map(({ what, how, seconds }, i) => {
    const time = `${seconds.toFixed(1)} s`;
    return `  ${i + 1}  ${what.padEnd(width)}  ${time.padStart(7)}  ${how}`;
  });
  return lines('What was done', rows);
};

/** The new stacks, most suspicious first; of the flowing ones that nothing happened to, only the first few. */
export const demoStacksText = (stacks: readonly DemoStack[]): string => {
  const sorted = [...stacks].sort((a, b) => (b.decided?.posterior ?? -1) - (a.decided?.posterior ?? -1));
  const plain = sorted.filter(isPlain);
  const rest = new Set(plain.slice(PLAIN_SHOWN));
  return lines(
    `New stacks (${countText(stacks.length)}; posterior is P(stalled), the truth is known because it is simulated)`,
    row(['stack', 'score', 'votes for stalled', 'posterior', 'decision', 'truth']),
    sorted.filter((stack) => !rest.has(stack)).map((stack) => row(cells(stack))),
    restLine([...rest]),
    tally(stacks),
    failures(stacks),
  );
};

const PLAIN_SHOWN = 8;

const isPlain = ({ truth, decided, failure }: DemoStack): boolean =>
  truth === FLOWING && decided !== undefined && decided.decision !== 'stalled' && failure === undefined;

const restLine = (rest: readonly DemoStack[]): string | undefined => {
  if (rest.length === 0) return undefined;
  const decisions = rest.map(({ decided }) => (decided?.decision === 'flowing' ? 'called flowing' : decided?.decision));
  const counts = [...new Set(decisions)].map(
    (name) => `${countText(decisions.filter((d) => d === name).length)} ${name}`,
  );
  return `  and ${countText(rest.length)} more, truly flowing: ${counts.join(', ')}`;
};

const WIDTHS = [16, 8, 19, 11, 14, 8] as const;

const row = (texts: readonly string[]): string =>
  `  ${texts.map((text, i) => text.padEnd(WIDTHS[i] ?? 0)).join('')}`.trimEnd();

const cells = ({ stackId, score, votes, decided, truth }: DemoStack): readonly string[] => [
  stackId,
  score === undefined ? '–' : fixed(score),
  votes.all === 0 ? '–' : `${votes.stalled} of ${votes.all}`,
  decided === undefined ? '–' : percent(decided.posterior),
  decided?.decision ?? 'none',
  labelName(truth),
];

const tally = (stacks: readonly DemoStack[]): string => {
  const n = (decision: string, truth: Label): number =>
    stacks.filter((stack) => stack.decided?.decision === decision && stack.truth === truth).length;
  const [missed, alarms] = [n('flowing', STALLED), n('stalled', FLOWING)];
  const retired = n('flowing', FLOWING) + n('stalled', STALLED) + missed + alarms;
  const errors = `${some(missed, 'stall')} called flowing, ${some(alarms, 'flowing stack')} called stalled`;
  return `  Decided ${countText(retired)}: ${errors}. All others wait for votes or an expert.`;
};

const failures = (stacks: readonly DemoStack[]): readonly string[] => {
  const failed = stacks.flatMap(({ stackId, failure, votes }) =>
    failure === undefined ? [] : [{ stackId, failure, votes }],
  );
  if (failed.length === 0) return [];
  return [
    '',
    'Unscored, which is not the same as flowing (their films were made faulty)',
    ...failed.map(({ stackId, failure, votes }) => {
      const rest = votes.all === 0 ? 'it has no votes either' : 'its votes count';
      return `  ${stackId.padEnd(WIDTHS[0])}${failure.tag}: ${failure.reason}; ${rest}`;
    }),
  ];
};

/** What this machine cannot show, why, and how to get it. */
export const leftOutText = ({ reason, fix }: { readonly reason: string; readonly fix: string }): string =>
  lines(
    'Left out here: filming mp4 stacks, outline, tensor, ONNX model and its score.',
    `  Why: ${reason}.`,
    '  To see them: npm install @napi-rs/webcodecs onnxruntime-node, then start the demo again.',
    `  Or: ${fix}`,
    'What follows is the consensus part: votes of people and scores of a simulated model.',
  );
