import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import * as Decode from '../../src/decode/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import { crowdSet, shared, testWithShared } from '../shared.js';
import { json, rows, scratch, tandem } from './tandem.js';

describe('real crowds', () => {
  // Votes alone, at sensitivity .99: 200 positives of rte certify that everything goes to an expert, and the first line says so.
  const EXPECTED = {
    sp: { mcc: 0.8, automatic: true },
    d_possent: { mcc: 0.9, automatic: true },
    d_product: { mcc: 0.6, automatic: true },
    rte: { mcc: 0.75, automatic: false },
  };
  for (const [dataset, expected] of Object.entries(EXPECTED)) {
    const { votes, truth, needs } = crowdSet(dataset);
    testWithShared(`run goes from raw votes and truth of ${dataset} to decisions and evaluation`, needs, async () => {
      const out = scratch();
      const done = tandem('run', '--votes', votes, '--gold', truth, '--out', out, '--json');
      expect(done.stderr).toBe('');
      const { stackIds } = getOrThrow(await Decode.gold()(Decode.fromFile(truth)));
      expect(rows(join(out, 'decisions.csv')).length).toBe(stackIds.length);
      const result = json(join(out, 'evaluation.json'));
      expect([done.code, result.verdict]).toEqual([0, 'certified']);
      expect(result.headline.automatic > 1).toBe(expected.automatic);
      const { tp, fp, fn, tn } = result.sources.crowd.confusion;
      expect(tp + fp + fn + tn).toBe(result.sources.crowd.gold.stalled + result.sources.crowd.gold.flowing);
      expect(result.sources.crowd.mcc.value).toBeGreaterThan(expected.mcc);
    });
  }

  testWithShared(
    'run on votes, model and truth sets crowd, model and fused side by side',
    ['fusion/cifar10h_deer_1pct'],
    () => {
      const out = scratch();
      const from = (name: string): string => shared(`fusion/cifar10h_deer_1pct/${name}.csv`);
      const done = tandem(
        'run',
        '--votes',
        from('votes'),
        '--scores',
        from('model'),
        '--gold',
        from('truth'),
        '--out',
        out,
      );
      // 91 positives: an honest "insufficient evidence", with the labels that are missing.
      expect(done.code).toBe(3);
      const { proof, sources, verdict, headline, evaluation } = json(join(out, 'evaluation.json'));
      expect(verdict).toBe('insufficient evidence');
      expect(proof.because._tag).toBe('PathNotCertified');
      expect(proof.goldNeeded.stalled).toBeGreaterThan(200);
      // The provisional rule is of use all the same: few experts, and what it calls stalled mostly is.
      expect(headline.experts).toBeLessThan(1000);
      expect(evaluation.ppv.estimate).toBeGreaterThan(0.8);
      for (const source of ['fused', 'crowd', 'model']) {
        const { estimate, interval } = sources[source].atPrevalence.mcc;
        expect(interval.lower).toBeLessThanOrEqual(estimate);
        expect(interval.upper).toBeGreaterThanOrEqual(estimate);
      }
      expect(done.stdout).toMatch(/fused +0\.\d+[\s\S]*crowd alone +0\.\d+[\s\S]*model alone +0\.\d+/);
    },
  );

  testWithShared(
    'run refuses to certify on verification-biased gold and says why',
    ['stallcatchers/metadata.csv.gz'],
    () => {
      const out = scratch();
      const metadata = shared('stallcatchers/metadata.csv.gz');
      // The experts saw only what the crowd had called stalled.
      const lines = gunzipSync(readFileSync(metadata)).toString().split('\n');
      const header = lines[0].split(',');
      const score = header.indexOf('crowd_score');
      const project = header.indexOf('project_id');
      const candidates = lines.slice(1).filter((line) => {
        const fields = line.split(',');
        return fields[project] === 'G' && Number(fields[score]) >= 0.5;
      });
      const gold = join(out, 'candidates.csv');
      writeFileSync(gold, [lines[0], ...candidates].join('\n'));
      const done = tandem(
        'run',
        '--scores',
        metadata,
        '--gold',
        gold,
        '--gold-chosen',
        'candidates-only',
        '--out',
        out,
      );
      expect(done.code).toBe(3);
      expect(done.stdout).toContain('Refused: verification bias');
      expect(done.stdout).toContain('sensitivity is not identifiable');
      expect(json(join(out, 'evaluation.json')).proof.because._tag).toBe('Refused');
      expect(new Set(rows(join(out, 'decisions.csv')).map(({ status }) => status))).toEqual(new Set(['provisional']));
    },
    240_000,
  );
});
