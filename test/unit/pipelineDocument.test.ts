import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { format } from '../../src/domain/errors.js';
import { decodePipeline, presets } from '../../src/model.js';

const told = (document: unknown): string => {
  const read = decodePipeline('mine.json', JSON.stringify(document));
  return E.isLeft(read) ? format(read.left) : '';
};

describe('a pipeline document', () => {
  test('with a field of another name is refused: a slip in an optional one would change the tensors', () => {
    expect(told({ ...presets.kbrodt, rowSteps: 2 })).toBe(
      'mine.json, field "rowSteps": expected only fields that a pipeline has, found a field of this name. Correct its name or take it out; docs/guides/bring-your-model.md lists them all.',
    );
  });

  test('with such a field further in is refused, and the way to it named', () => {
    const { zfturbo } = presets;
    const scaling = { ...zfturbo.scaling, means: [0, 0, 0] };
    expect(told({ ...zfturbo, scaling })).toContain('field "scaling.means"');
    expect(told({ ...zfturbo, models: [{ role: 'a', filename: 'a.onnx' }] })).toContain('field "models.0.filename"');
    expect(told({ ...zfturbo, outline: { ...zfturbo.outline, frame: 'first' } })).toContain('field "outline.frame"');
  });

  test('that is no JSON is told so', () => {
    const read = decodePipeline('mine.json', '{');
    expect(E.isLeft(read) && format(read.left)).toMatch(
      /^mine\.json: expected the JSON document of a pipeline, found text that is no JSON \(.*\)\. Start from one of the presets\.$/,
    );
  });

  test('has all its fields in the guide', () => {
    const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/bring-your-model.md'), 'utf8');
    const names = new Set<string>();
    const collect = (value: unknown): void => {
      if (Array.isArray(value)) value.forEach(collect);
      else if (typeof value === 'object' && value !== null) {
        for (const [key, inner] of Object.entries(value)) {
          names.add(key);
          collect(inner);
        }
      } else if (typeof value === 'string' && /^[A-Z]\w+$/.test(value)) names.add(value);
    };
    for (const { name: _, about: __, models, ...rest } of Object.values(presets)) {
      collect(rest);
      collect(models.map(({ role: _role, ...role }) => role));
    }
    expect([...names].filter((name) => !guide.includes(`\`${name}\``) && !guide.includes(`"${name}"`))).toEqual([]);
  });
});
