import { expect, test } from 'vitest';
import { markdownExamples, run, sourceExamples } from './examples.js';

const examples = [
  ...sourceExamples(),
  ...[
    'README.md',
    'docs/math.md',
    'docs/guides/questions.md',
    'docs/guides/report.md',
    'docs/guides/your-files.md',
  ].flatMap(markdownExamples),
];

test.each(examples.map((example) => [example.name, example] as const))(
  '%s runs and says the truth',
  async (_, example) => {
    const claims = await run(example);
    expect(claims.length, 'an example shows at least one result with `// =>`').toBeGreaterThan(0);
    for (const { line, claimed, actual } of claims) expect(actual, line).toEqual(claimed);
  },
);

test('every public function has an example', () => {
  expect(examples.length).toBeGreaterThan(30);
});
