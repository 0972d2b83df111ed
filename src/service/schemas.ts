/** JSON Schemas (2020-12) of what goes in and out, for OpenAPI. `Online.readEvent` is the only judge of events; a property holds the two together. */

const ID = {
  type: ['string', 'integer'],
  minLength: 1,
  minimum: -9007199254740991,
  maximum: 9007199254740991,
} as const;
const LABEL = { enum: [0, 1], description: '1 stalled, 0 flowing' } as const;
const AT = {
  type: ['number', 'null'],
  description: 'When it happened, in milliseconds; default when it arrived',
} as const;

const event = (kind: string, properties: object, required: readonly string[]) => ({
  type: 'object',
  properties: { event: { const: kind }, eventId: ID, at: AT, ...properties },
  required: ['event', 'eventId', ...required],
});

/** One event, as `Online.readEvent` takes it. Other keys are ignored. */
export const EVENT = {
  oneOf: [
    event(
      'vote',
      { stackId: ID, annotatorId: { ...ID, type: ['string', 'integer', 'null'], minLength: 0 }, label: LABEL },
      ['stackId', 'label'],
    ),
    event('score', { stackId: ID, score: { type: ['number', 'null'], description: 'Absent: the model abstained' } }, [
      'stackId',
    ]),
    event('gold', { stackId: ID, label: LABEL }, ['stackId', 'label']),
    event('retraction', { of: { ...ID, description: 'The event that is retracted' } }, ['of']),
  ],
} as const;

/** Events of one request. */
export const MOST_EVENTS = 10_000;

export const EVENTS = {
  oneOf: [
    { type: 'array', items: { $ref: 'event#' }, minItems: 1, maxItems: MOST_EVENTS },
    {
      type: 'object',
      properties: { events: { type: 'array', items: { $ref: 'event#' }, minItems: 1, maxItems: MOST_EVENTS } },
      required: ['events'],
    },
  ],
} as const;

export const ANSWERS = {
  type: 'object',
  properties: {
    accepted: { type: 'integer' },
    repeats: { type: 'integer' },
    conflicts: { type: 'integer' },
    outcomes: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          eventId: { type: 'string' },
          outcome: { enum: ['accepted', 'repeat', 'conflict'] },
          stackIds: { type: 'array', items: { type: 'string' } },
        },
        required: ['eventId', 'outcome', 'stackIds'],
      },
    },
  },
  required: ['accepted', 'repeats', 'conflicts', 'outcomes'],
} as const;

export const DECISION = {
  type: 'object',
  properties: {
    stackId: { type: 'string' },
    decision: { enum: ['stalled', 'flowing', 'open'] },
    routing: { type: 'object', additionalProperties: true },
    reason: { type: 'string' },
    status: { enum: ['certified', 'provisional', 'not certified'] },
    votesCounted: { type: 'integer' },
    posterior: { type: 'number' },
    logOdds: { type: 'number' },
    votes: { type: 'integer' },
    scores: { type: 'integer' },
    gold: LABEL,
    audited: { type: 'boolean' },
    policyHash: { type: 'string' },
    change: { type: 'integer', description: 'Rises with every change of any decision' },
  },
  required: ['stackId', 'decision', 'routing', 'reason', 'status', 'posterior', 'logOdds', 'votes', 'change'],
} as const;

/** RFC 9457. */
export const PROBLEM = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    issues: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
  required: ['title', 'status', 'detail'],
} as const;
