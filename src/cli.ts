#!/usr/bin/env node
import * as E from 'fp-ts/lib/Either.js';
import { program } from './cli/program.js';
import { EXIT } from './cli/verb.js';
import { format } from './domain/errors.js';
import { removePartials } from './output/files.js';

const argv = process.argv.slice(2);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    removePartials();
    process.exit(EXIT.interrupted);
  });
}

// A reader that has seen enough (`tandem … | head`) is no error, and no verdict either: what is left to say is dropped,
// and the exit code stays that of the verb.
const UNHEARD = ['EPIPE', 'ERR_STREAM_DESTROYED'];
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!UNHEARD.includes(error.code ?? '')) process.exit(EXIT.error);
  });
}

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
