import type { Pipeline } from '../decode/pipeline.js';
import { azKa } from './presets/azKa.js';
import { embedded } from './presets/embedded.js';
import { kbrodt, kbrodtAlone, kbrodtBot } from './presets/kbrodt.js';
import { lauraOnac, lauraOnacBot } from './presets/lauraOnac.js';
import { zfturbo, zfturboBot } from './presets/zfturbo.js';

/** The pipelines of the four prize winners of Clog Loss (2020), and of the crowd bots made of them (2021). Plain data. */
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
