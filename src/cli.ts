#!/usr/bin/env node
import * as E from 'fp-ts/lib/Either.js';
import { runProgram } from './cli/program.js';
import { doneDocument, doneText, EXIT } from './cli/verb.js';
import { format } from './domain/errors.js';
import { removePartials } from './output/files.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    removePartials();
    process.exit(EXIT.interrupted);
  });
}

// A reader that closes the pipe early (`tandem … | head`) is no error: the rest of the output is dropped, and the exit code
// stays that of the verb.
const CLOSED_PIPE = ['EPIPE', 'ERR_STREAM_DESTROYED'];
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!CLOSED_PIPE.includes(error.code ?? '')) process.exit(EXIT.error);
  });
}

await runProgram(process.argv.slice(2), async ({ json }, verb) => {
  const done = await verb();
  if (E.isLeft(done)) {
    const message = format(done.left);
    process.stderr.write(json ? `${JSON.stringify({ error: done.left, message })}\n` : `${message}\n`);
    process.exitCode = EXIT.error;
    return;
  }
  process.stdout.write(`${json ? JSON.stringify(doneDocument(done.right), null, 2) : doneText(done.right)}\n`);
  process.exitCode = done.right.exitCode;
});
