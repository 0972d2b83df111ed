#!/usr/bin/env node
import * as E from 'fp-ts/lib/Either.js';
import { EXIT } from './cli/exit.js';
import { program } from './cli/program.js';
import { format } from './domain/errors.js';
import { removePartials } from './report/atomicFile.js';

const argv = process.argv.slice(2);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    removePartials();
    process.exit(EXIT.interrupted);
  });
}

// A reader that has seen enough (`tandem … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : EXIT.error));

await program(argv, async (verb, { json }) => {
  const done = await verb();
  if (E.isLeft(done)) {
    process.stderr.write(
      json ? `${JSON.stringify({ error: done.left, message: format(done.left) })}\n` : `${format(done.left)}\n`,
    );
    process.exitCode = EXIT.error;
    return;
  }
  process.stdout.write(`${json ? JSON.stringify(done.right.json, null, 2) : done.right.text}\n`);
  process.exitCode = done.right.exitCode;
}).parseAsync(process.argv);
