import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as E from 'fp-ts/lib/Either.js';
import type { Issue } from '../domain/errors.js';
import { format } from '../domain/errors.js';
import * as Online from '../online/index.js';
import { VERSION } from '../version.js';
import type { GroupCommit } from './groupCommit.js';
import { openMetrics } from './metrics.js';
import { ANSWERS, DECISION, EVENT, EVENTS, MOST_EVENTS, PROBLEM } from './schemas.js';
import type { Answer, EventStore, Sent } from './store.js';
import { may, type Right, type Token, whoHas } from './tokens.js';

/** What the HTTP door of a service stands before. */
export interface AppOptions {
  readonly store: EventStore;
  readonly commit: GroupCommit;
  /** Who may come in. Absent: everybody, from this machine only. */
  readonly tokens?: readonly Token[] | undefined;
  /** Bytes of a request at most; default 8 MiB. */
  readonly mostBytes?: number | undefined;
  /** Called once for each request, with nothing in it that says who voted. */
  readonly log?:
    | ((line: {
        readonly method: string;
        readonly route: string;
        readonly status: number;
        readonly ms: number;
      }) => void)
    | undefined;
}

/** Where no token is asked for, everybody is the same source. */
const ANYBODY: Token = { source: '', rights: ['admin'], sha256: '' };

const RIGHT_OF: Readonly<Record<Online.Event['event'], Right>> = {
  vote: 'vote',
  score: 'score',
  gold: 'gold',
  retraction: 'vote',
};

const MOST_ISSUES = 5;

/**
 * The service over HTTP: events in, decisions out.
 *
 * @returns a Fastify instance that does not listen yet; `inject` tries it without a network
 */
export const openApp = async (options: AppOptions): Promise<FastifyInstance> => {
  const { default: fastify } = await import('fastify');
  const { default: swagger } = await import('@fastify/swagger');
  const { store, commit, tokens, mostBytes = 8 * 2 ** 20, log } = options;
  const app = fastify({ bodyLimit: mostBytes, logger: false, requestTimeout: 30_000, trustProxy: false });
  const metrics = await openMetrics({ store, commit });
  const who = tokens === undefined ? () => ANYBODY : whoHas(tokens);

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tandem', version: VERSION, description: 'Votes and scores in, decisions out.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
  app.addSchema({ $id: 'event', ...EVENT });
  app.addSchema({ $id: 'decision', ...DECISION });
  app.addSchema({ $id: 'problem', ...PROBLEM });
  // Schemas describe; `readEvent` and the handlers judge, with messages that name the field and the fix.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.request(route, reply.statusCode, reply.elapsedTime / 1000);
    log?.({ method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) });
  });

  app.setErrorHandler((error: Error & { readonly statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 503;
    if (status < 500) return problem(reply, status, BODY_TITLES[status] ?? 'The request cannot be read', error.message);
    // What went wrong inside is for the log of the database, not for strangers.
    void reply.header('Retry-After', '5');
    return problem(
      reply,
      503,
      'Not stored',
      'The database did not take it. Send the same events again: each counts once.',
    );
  });
  app.setNotFoundHandler((request, reply) =>
    problem(reply, 404, 'Not found', `There is no ${request.method} ${request.url.split('?')[0]}. See /openapi.json.`),
  );

  /** Who asks, if that may be asked; else the answer has been given. */
  const allowed = (request: FastifyRequest, reply: FastifyReply, right: Right): Token | undefined => {
    const token = who(request.headers.authorization);
    if (token === undefined) {
      void reply.header('WWW-Authenticate', 'Bearer');
      void problem(reply, 401, 'No token', 'Send a token of this service: Authorization: Bearer …');
      return undefined;
    }
    if (may(token, right)) return token;
    void problem(reply, 403, 'Not allowed', `This token may not ${right}.`);
    return undefined;
  };

  const ERRORS = Object.fromEntries(
    [400, 401, 403, 404, 409, 413, 422, 429, 503].map((status) => [status, { $ref: 'problem#' }]),
  );

  app.post(
    '/v1/events',
    {
      schema: {
        summary: 'Events, 1 to 10,000 of them; the same again changes nothing',
        body: EVENTS,
        response: { 200: ANSWERS, ...ERRORS },
      },
    },
    async (request, reply) => {
      const token = who(request.headers.authorization);
      if (token === undefined) return allowed(request, reply, 'read');
      const list = eventsIn(request.body);
      if (list === undefined) {
        return problem(
          reply,
          422,
          'No events',
          `Send a JSON array of 1 to ${MOST_EVENTS} events, or {"events": [ … ]}.`,
        );
      }
      const sent: Sent[] = [];
      const issues: Issue[] = [];
      let total = 0;
      list.forEach((value, i) => {
        const read = Online.readEvent(value, `event ${i + 1}`);
        if (E.isRight(read)) sent.push({ source: token.source, event: read.right });
        else {
          total += read.left.total;
          issues.push(...read.left.issues.map((issue) => ({ line: i + 1, ...issue })));
        }
      });
      if (total > 0) {
        const first = format({ _tag: 'InvalidInput', source: 'events', total, issues: issues.slice(0, MOST_ISSUES) });
        return problem(reply, 422, 'Nothing stored', first, issues.slice(0, MOST_ISSUES));
      }
      const forbidden = sent.find(({ event }) => !may(token, RIGHT_OF[event.event]));
      if (forbidden !== undefined) {
        return problem(
          reply,
          403,
          'Not allowed',
          `This token may not send events of kind ${forbidden.event.event}. Nothing was stored.`,
        );
      }
      const stored = commit.add(sent);
      if (stored === undefined) {
        void reply.header('Retry-After', '1');
        return problem(
          reply,
          429,
          'Too much at once',
          'More events wait than the database takes. Send the same again after a second.',
        );
      }
      const outcomes = await stored;
      metrics.events(outcomes);
      const count = (wanted: Answer['outcome']): number => outcomes.filter(({ outcome }) => outcome === wanted).length;
      const conflicts = count('conflict');
      if (conflicts > 0 && conflicts === outcomes.length) {
        return problem(
          reply,
          409,
          'Conflict',
          `Another event has the id ${JSON.stringify(outcomes[0].eventId)} already. Give each event an id of its own; retract what was wrong.`,
        );
      }
      return { accepted: count('accepted'), repeats: count('repeat'), conflicts, outcomes };
    },
  );

  app.get(
    '/v1/stacks/:id',
    { schema: { summary: 'The decision about a stack', response: { 200: { $ref: 'decision#' }, ...ERRORS } } },
    async (request, reply) => {
      if (allowed(request, reply, 'read') === undefined) return reply;
      const { id } = request.params as { readonly id: string };
      return (
        (await store.decision(id)) ??
        problem(reply, 404, 'Unknown stack', `No event has named ${JSON.stringify(id)}, or no policy is active yet.`)
      );
    },
  );

  app.get(
    '/v1/stacks/:id/explanation',
    {
      schema: {
        summary: 'Why: every term of the log-odds, and what became of each event',
        response: { 200: { type: 'object', additionalProperties: true }, ...ERRORS },
      },
    },
    async (request, reply) => {
      if (allowed(request, reply, 'read') === undefined) return reply;
      const { id } = request.params as { readonly id: string };
      return (
        (await store.explain(id)) ??
        problem(reply, 404, 'Unknown stack', `No event has named ${JSON.stringify(id)}, or no policy is active yet.`)
      );
    },
  );

  app.post(
    '/v1/next',
    {
      schema: {
        summary: 'What to ask this annotator next',
        body: {
          type: 'object',
          properties: {
            annotatorId: { type: 'string', minLength: 1 },
            most: { type: 'integer', minimum: 1, maximum: 100 },
          },
          required: ['annotatorId'],
        },
        response: {
          200: {
            type: 'object',
            properties: {
              questions: {
                type: 'array',
                items: { type: 'object', properties: { stackId: { type: 'string' }, until: { type: 'number' } } },
              },
            },
          },
          ...ERRORS,
        },
      },
    },
    async (request, reply) => {
      if (allowed(request, reply, 'vote') === undefined) return reply;
      const { annotatorId, most = 1 } = (
        typeof request.body === 'object' && request.body !== null ? request.body : {}
      ) as { readonly annotatorId?: unknown; readonly most?: unknown };
      if (typeof annotatorId !== 'string' || annotatorId === '') {
        return problem(
          reply,
          422,
          'Who is asked?',
          'Send {"annotatorId": "…"}: nobody is asked about the same stack twice.',
        );
      }
      if (!(typeof most === 'number' && Number.isInteger(most) && most >= 1 && most <= 100)) {
        return problem(reply, 422, 'How many?', '"most" must be a whole number from 1 to 100.');
      }
      return { questions: await store.next({ annotatorId, most }) };
    },
  );

  app.get(
    '/v1/decisions',
    {
      schema: {
        summary: 'Decisions in the order of their last change',
        querystring: { type: 'object', properties: { since: { type: 'integer' }, most: { type: 'integer' } } },
        response: {
          200: {
            type: 'object',
            properties: { decisions: { type: 'array', items: { $ref: 'decision#' } }, next: { type: 'integer' } },
          },
          ...ERRORS,
        },
      },
    },
    async (request, reply) => {
      if (allowed(request, reply, 'read') === undefined) return reply;
      const query = request.query as Readonly<Record<string, string | undefined>>;
      const [since, most] = [wholeOr(query['since'], 0), wholeOr(query['most'], 1000)];
      if (since === undefined || most === undefined || most < 1 || most > MOST_EVENTS) {
        return problem(
          reply,
          422,
          'Which decisions?',
          `"since" must be a whole number, the "next" of the page before; "most" one from 1 to ${MOST_EVENTS}.`,
        );
      }
      const decisions = await store.decisions({ since, most });
      return { decisions, next: decisions.at(-1)?.change ?? since };
    },
  );

  app.post(
    '/v1/policies',
    {
      schema: {
        summary: 'Adds a policy; it decides when it is made the active one',
        response: { 200: { type: 'object', properties: { hash: { type: 'string' } } }, ...ERRORS },
      },
    },
    async (request, reply) => {
      const token = allowed(request, reply, 'admin');
      if (token === undefined) return reply;
      const added = await store.addPolicy(JSON.stringify(request.body), token.source);
      if (E.isLeft(added)) return problem(reply, 422, 'No policy', format(added.left), added.left.issues);
      return { hash: added.right };
    },
  );

  for (const state of ['active', 'shadow'] as const) {
    app.put(
      `/v1/policies/${state}`,
      {
        schema: {
          summary: state === 'active' ? 'Makes a policy decide' : 'Tries a policy out beside the active one',
          body: { type: 'object', properties: { hash: { type: 'string' } }, required: ['hash'] },
          response: { 200: { type: 'object', additionalProperties: true }, ...ERRORS },
        },
      },
      async (request, reply) => {
        const token = allowed(request, reply, 'admin');
        if (token === undefined) return reply;
        const hash = (request.body as { readonly hash?: unknown } | null)?.hash;
        const done =
          typeof hash === 'string' && (await (state === 'active' ? store.activate : store.tryOut)(hash, token.source));
        return done
          ? { [state]: hash }
          : problem(reply, 404, 'Unknown policy', 'Add the policy first: POST /v1/policies gives its hash.');
      },
    );
  }

  app.get(
    '/v1/policies',
    {
      schema: {
        summary: 'Which policy decides, and how the one on trial differs',
        response: { 200: { type: 'object', additionalProperties: true }, ...ERRORS },
      },
    },
    async (request, reply) => {
      if (allowed(request, reply, 'read') === undefined) return reply;
      return { active: store.active() ?? null, shadow: store.shadow() ?? null };
    },
  );

  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { hide: true } }, async (_, reply) =>
    store.active() === undefined
      ? problem(reply, 503, 'No policy', 'No policy is active yet: PUT /v1/policies/active.')
      : { status: 'ready' },
  );
  app.get('/metrics', { schema: { hide: true } }, async (_, reply) => {
    void reply.header('Content-Type', metrics.contentType);
    return reply.send(await metrics.text());
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.ready();
  return app;
};

const BODY_TITLES: Readonly<Record<number, string>> = {
  400: 'No JSON',
  413: 'Too large',
  415: 'Not JSON',
};

const problem = (
  reply: FastifyReply,
  status: number,
  title: string,
  detail: string,
  issues?: readonly Issue[],
): FastifyReply =>
  reply
    .code(status)
    .header('Content-Type', 'application/problem+json')
    .serializer((data: unknown) => JSON.stringify(data))
    .send({ type: 'about:blank', title, status, detail, ...(issues === undefined ? {} : { issues }) });

const eventsIn = (body: unknown): readonly unknown[] | undefined => {
  const list = Array.isArray(body) ? body : (body as { readonly events?: unknown } | null)?.events;
  return Array.isArray(list) && list.length >= 1 && list.length <= MOST_EVENTS ? list : undefined;
};

const wholeOr = (text: string | undefined, otherwise: number): number | undefined => {
  if (text === undefined) return otherwise;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};
