import type { Pipeline } from '../pipeline.js';
import { azKa } from './azKa.js';
import { embedded } from './embedded.js';
import { kbrodt, kbrodtAlone, kbrodtBot } from './kbrodt.js';
import { lauraOnac, lauraOnacBot } from './lauraOnac.js';
import { zfturbo, zfturboBot } from './zfturbo.js';

/** The pipelines of the four prize winners of Clog Loss (2020), and of their crowd bots (2021). Plain data. */
export const presets = {
  zfturbo,
  zfturboBot,
  kbrodt,
  kbrodtAlone,
  kbrodtBot,
  lauraOnac,
  lauraOnacBot,
  azKa,
  embedded,
} as const satisfies Readonly<Record<string, Pipeline>>;
