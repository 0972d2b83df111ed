import * as t from 'io-ts';
import { Closed, Count, Open, withOptional } from './codecs.js';

export const Targets = t.strict({ sensitivity: Open, specificity: Open, confidence: Open }, 'targets');

export const Risk = withOptional(
  { limit: Open, delta: Open, gold: Count, observed: Count, goldNeeded: Count },
  { allowed: Count, atMost: Closed },
  'a risk certificate',
);
