import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's package `chromium`; browser tests are skipped, and say so, where it is absent. */
const CHROMIUM = '/usr/bin/chromium';

export const hasChromium = existsSync(CHROMIUM);

/** Why the tests of a page are skipped, for the name of the group. */
export const browserNote = hasChromium ? '' : ` (skipped: ${CHROMIUM} is not here; apt-get install chromium)`;

/** A browser that calls nobody by itself. */
export const launched = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
