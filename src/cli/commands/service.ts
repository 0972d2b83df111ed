import type { Command } from 'commander';
import { GROUPS, helpText, positive } from '../flags.js';
import type { Execute } from '../verb.js';

const SERVE_NOTES = `Events (votes, scores, gold, retractions) come in by POST /v1/events, and decisions go out by GET /v1/stacks/ID and
GET /v1/decisions. An event that was acknowledged is on disk. The same event again changes nothing, so senders may repeat whatever
was not acknowledged. /openapi.json describes everything. With --database postgres://… any number of servers may share one
database; an SQLite file has one server.

Tokens are a file: [{"source": "website", "rights": ["vote", "read"], "sha256": "…"}], with the hash that
\`printf %s TOKEN | sha256sum\` gives. Without --tokens the service listens on this machine only, and everybody on it may do everything.`;

/** The verb that goes on: serve. */
export const serviceCommands = (tandem: Command, execute: Execute): void => {
  tandem.commandsGroup('As a service:');

  tandem
    .command('serve')
    .description('decisions over HTTP while votes arrive, kept in SQLite or PostgreSQL')
    .optionsGroup(GROUPS.main)
    .helpOption('-h, --help', 'show this help')
    .option('--policy <file>', 'policy.json that decides, unless another one is active already')
    .option('--database <url>', 'an SQLite file, or postgres://user@host/name', 'tandem.db')
    .option(
      '--port <n>',
      'port to listen on; 0 takes any that is free',
      (text) => (text === '0' ? 0 : positive(text)),
      8080,
    )
    .option('--host <name>', 'address to listen on (default: this machine only; with --tokens all)')
    .option('--tokens <file>', 'who may come in')
    .option('--demo', 'a simulated laboratory in memory, with three lines of curl to try')
    .addHelpText(
      'after',
      helpText({
        notes: SERVE_NOTES,
        examples: [
          'tandem serve --demo',
          'tandem serve --policy results/policy.json --database tandem.db',
          'tandem serve --policy policy.json --database postgres://tandem@db/tandem --tokens tokens.json --port 80',
        ],
      }),
    )
    .action((flags) =>
      execute({}, async () => {
        const { serveVerb } = await import('../verbs/serve.js');
        return serveVerb(flags);
      }),
    );
};
