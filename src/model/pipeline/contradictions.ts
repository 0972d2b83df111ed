import type { Issue } from '../../domain/errors.js';
import type { Pipeline } from './pipeline.js';

/** Fields nobody reads: a slip in the name of an optional one would otherwise change the tensors and say nothing. */
export const unheard = (given: unknown, read: unknown, path: readonly string[] = []): readonly Issue[] => {
  if (typeof given !== 'object' || given === null || typeof read !== 'object' || read === null) return [];
  const taken = new Map<string, unknown>(Object.entries(read));
  return Object.entries(given).flatMap(([key, value]): readonly Issue[] =>
    taken.has(key)
      ? unheard(value, taken.get(key), [...path, key])
      : [
          {
            field: [...path, key].join('.'),
            found: 'a field of this name',
            expected: 'only fields that a pipeline has',
            fix: 'Correct its name or take it out; docs/guides/bring-your-model.md lists them all.',
          },
        ],
  );
};

/** What each part allows alone and not together. */
export const contradictions = (p: Pipeline): readonly Issue[] => {
  const issues: Issue[] = [];
  const wrong = (field: string, found: string, expected: string, fix: string): void => {
    issues.push({ field, found, expected, fix });
  };
  const channels = p.colours === 'hueOfGrey' ? 3 : p.channels.length;
  if ((p.depth._tag === 'Resample') !== (p.resize.method === 'zoomTrilinear')) {
    wrong('depth', p.depth._tag, 'Resample with zoomTrilinear, and only there', 'Change depth or resize.method.');
  }
  if ((p.depth._tag === 'GroupMeans') !== (p.layout === 'CHW')) {
    wrong('layout', p.layout, 'CHW with GroupMeans, and only there', 'Change layout or depth.');
  }
  if (p.layout === 'CHW' && p.flips.some((flip) => flip.includes('D'))) {
    wrong('flips', p.flips.join(', '), 'no flip along depth, of which there is none', 'Take out the flips with a D.');
  }
  if ((p.colours === 'hueOfGrey' || p.reencode !== undefined) && p.channels.length !== 3) {
    wrong('channels', p.channels.join(', '), 'all three channels', 'Give red, green and blue.');
  }
  for (const key of ['mean', 'deviation'] as const) {
    const list = p.scaling[key];
    if (list !== undefined && list.length !== channels) {
      wrong(`scaling.${key}`, `${list.length} numbers`, `${channels}, one for each channel`, 'Correct the list.');
    }
  }
  for (const channel of ['red', 'green', 'blue'] as const) {
    if (p.outline._tag === 'Colour' && p.outline.range[channel][0] > p.outline.range[channel][1]) {
      wrong(`outline.range.${channel}`, 'lowest above highest', 'lowest, then highest', 'Swap the two.');
    }
  }
  if (p.ensemble._tag === 'Votes') {
    if (p.ensemble.atLeast > p.models.length) {
      wrong(
        'ensemble.atLeast',
        String(p.ensemble.atLeast),
        `at most ${p.models.length}, the number of models`,
        'Lower it.',
      );
    }
    if (p.models.some((model) => model.voteAt === undefined)) {
      wrong('models', 'a model without voteAt', 'voteAt for every model when models vote', 'Add voteAt.');
    }
  }
  return [...issues, ...fileContradictions(p.models)];
};

/** What roles that name model files ask of one another. */
const fileContradictions = (models: Pipeline['models']): readonly Issue[] => {
  const issue = (found: string, expected: string, fix: string): Issue => ({ field: 'models', found, expected, fix });
  const filed = models.filter((model) => model.file !== undefined);
  const isPartly = filed.length > 0 && filed.length < models.length;
  const places = filed.flatMap(({ file, output }) => (output === undefined ? [] : [`${output} of ${file}`]));
  const twice = new Set(places.filter((place, i) => places.indexOf(place) !== i));
  const pins = new Map<string | undefined, Set<string>>();
  for (const { file, sha256 } of filed) {
    if (sha256 !== undefined) pins.set(file, (pins.get(file) ?? new Set()).add(sha256));
  }
  return [
    ...(isPartly
      ? [issue('a model without file', 'file for every model, or for none', 'Add file, or take it out.')]
      : []),
    ...[...twice].map((place) => issue(`output ${place} twice`, 'an output for each model', 'Correct output.')),
    ...[...pins].flatMap(([file, all]) =>
      all.size > 1 ? [issue(`${all.size} SHA-256 of ${file}`, 'one for each file', 'Take out the wrong one.')] : [],
    ),
  ];
};
