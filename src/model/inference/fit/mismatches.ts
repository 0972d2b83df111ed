import * as E from 'fp-ts/lib/Either.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { ModelDescription, ModelOutput, ModelPort } from '../onnx/inspect.js';
import { filesOfRoles, inputShape, numbersPerAnswer, shapeText, wiringOf } from './wiring.js';

/** One thing in which a model is not what a pipeline feeds or reads. */
export interface Difference {
  /** The model's name; absent when it is about all of them. */
  readonly model?: string;
  /** What was found and what the pipeline has, as a sentence without its full stop. */
  readonly found: string;
  /** How to mend it, as an imperative sentence. */
  readonly fix: string;
}

/**
 * Every difference between model files and the pipeline they are meant for, from what the files say of themselves.
 *
 * More than the runner checks before it starts: also which axis holds the channels, whether the last operator gives what
 * `output` says, and whose moments the normalisation uses. None of the files is run.
 *
 * @param given - in the order in which the pipeline names them
 * @returns nothing when the models fit
 * @example
 * const found = await Model.inspectModel('test/fixtures/onnx/logit.onnx')();
 * const small = { ...Model.presets.kbrodtAlone, resize: { method: 'linear', height: 8, width: 8 }, models: [{ role: 'one' }] };
 * found._tag === 'Right' && Model.pipelineDifferences(small, [found.right]) // => []
 * found._tag === 'Right' && Model.pipelineDifferences({ ...small, output: 'probability' }, [found.right]).length // => 1
 */
export const pipelineDifferences = (pipeline: Pipeline, given: readonly ModelDescription[]): readonly Difference[] => {
  const places = filesOfRoles(
    pipeline,
    given.map(({ name }) => ({ path: name })),
  );
  const models = given.map((model, at) => {
    const roles = pipeline.models.filter((_, m) => places === undefined || places[m] === at);
    return { ...model, outputs: readOutputs(roles, model) };
  });
  const found = models.flatMap((model) =>
    [
      ...inputDifferences(pipeline, model),
      ...model.outputs.flatMap((output) => outputDifferences(pipeline, output)),
      ...momentDifferences(pipeline, model),
      ...weightDifferences(model),
      ...pinDifferences(pipeline, model),
    ].map((difference) => ({ model: model.name, ...difference })),
  );
  const all = [...countDifferences(pipeline, models), ...found];
  if (all.length > 0) return all;
  // What remains is what only the runner knows of, so that "fits" here never means "refused" there.
  const files = given.map(({ name, inputs, outputs }) => ({ path: name, inputs, outputs }));
  const wiring = wiringOf(pipeline, files);
  return E.isRight(wiring) ? [] : wiring.left.map((text) => ({ found: text, fix: 'Export the models once more.' }));
};

/** Where every role names its output, a model may have others beside them. */
const readOutputs = (roles: Pipeline['models'], { outputs }: ModelDescription): readonly ModelOutput[] => {
  const named = roles.flatMap(({ output }) => (output === undefined ? [] : [output]));
  return named.length === roles.length ? outputs.filter(({ name }) => named.includes(name)) : outputs;
};

const countDifferences = (
  { models: roles, name, ensemble }: Pipeline,
  models: readonly ModelDescription[],
): readonly Difference[] => {
  const outputs = models.reduce((sum, model) => sum + model.outputs.length, 0);
  // A mean may be taken over some of the models; votes need every voter.
  if (outputs === roles.length || (outputs > 0 && outputs < roles.length && ensemble._tag === 'Mean')) return [];
  const named = roles.flatMap(({ output }) => (output === undefined ? [] : [output]));
  if (outputs === 0 && named.length > 0)
    return [
      {
        found: `there is no output called ${named.join(' or ')}, as pipeline ${name} has it`,
        fix: 'Correct `output` in the pipeline, or export the model with that name.',
      },
    ];
  return [
    {
      found: `the number of outputs is ${outputs} in all, and pipeline ${name} names ${roles.length} (${roles.map(({ role }) => role).join(', ')})`,
      fix: outputs < roles.length ? 'Give all files, in that order.' : 'Give one output for each, in that order.',
    },
  ];
};

const inputDifferences = (pipeline: Pipeline, { inputs }: ModelDescription): readonly Difference[] => {
  if (inputs.length !== 1)
    return [
      {
        found: `it has ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}), and a pipeline fills one`,
        fix: 'Export a model with one input; make the others constants.',
      },
    ];
  return [...typeDifferences('input', inputs[0]), ...shapeDifferences(pipeline, inputs[0])];
};

const typeDifferences = (what: 'input' | 'output', { name, type }: ModelPort): readonly Difference[] =>
  type === 'float32' || (what === 'output' && type === 'float64')
    ? []
    : [
        {
          found: `${what} "${name}" is of ${type}, and pipelines ${what === 'input' ? 'make' : 'read'} float32`,
          fix: `Put a cast to float32 at the model's ${what} and export again.`,
        },
      ];

const shapeDifferences = (pipeline: Pipeline, { name, shape }: ModelPort): readonly Difference[] => {
  if (shape === undefined) return [];
  const made = inputShape(pipeline);
  const says = `input "${name}" wants ${shapeText(shape)}, and pipeline ${pipeline.name} makes ${shapeText(made)}`;
  if (shape.length !== made.length)
    return [
      {
        found: `${says}: ${shape.length} axes, not ${made.length}`,
        fix: 'Export the model for batches of stacks, with the axes the pipeline makes.',
      },
    ];
  const other = otherLayout(pipeline);
  if (!takes(shape, made) && other !== undefined && takes(shape, inputShape({ ...pipeline, layout: other })))
    return [
      {
        found: `${says}: the channels stand ${other === 'DHWC' ? 'last' : 'second'}, not ${other === 'DHWC' ? 'second' : 'last'}`,
        fix: `Write \`"layout": "${other}"\` in a pipeline of your own, or transpose inside the model.`,
      },
    ];
  const wrong = made.flatMap((size, axis) => (axis === 0 || accepts(shape[axis], size) ? [] : [axis]));
  const depth = wrong.find((axis) => typeof made[axis] === 'string');
  return [
    ...(depth === undefined
      ? []
      : [
          {
            found: `${says}: it takes ${shape[depth]} frames and no other number`,
            fix: `Export with a free depth (PyTorch: dynamic_axes), or resample with \`"depth": { "_tag": "Resample", "planes": ${shape[depth]} }\` in a pipeline of your own.`,
          },
        ]),
    ...(wrong.every((axis) => axis === depth)
      ? []
      : [
          {
            found: says,
            fix: `If the model was trained on these sizes, write them in ${fieldsOf(pipeline, wrong)} of a pipeline of your own; if not, it is another pipeline's model.`,
          },
        ]),
  ];
};

const accepts = (wanted: number | string, made: number | string): boolean =>
  typeof wanted === 'string' || wanted === made;

const takes = (wanted: readonly (number | string)[], made: readonly (number | string)[]): boolean =>
  made.every((size, axis) => axis === 0 || accepts(wanted[axis], size));

const otherLayout = ({ layout }: Pipeline): 'DHWC' | 'CDHW' | undefined =>
  layout === 'DHWC' ? 'CDHW' : layout === 'CDHW' ? 'DHWC' : undefined;

/** The fields of a pipeline that decide the sizes of these axes. */
const fieldsOf = ({ layout }: Pipeline, axes: readonly number[]): string => {
  const fields = {
    DHWC: ['depth', 'resize', 'resize', 'channels'],
    CDHW: ['channels', 'depth', 'resize', 'resize'],
    CHW: ['channels', 'depth', 'depth'],
  }[layout];
  return [...new Set(axes.map((axis) => `\`${fields[axis - 1]}\``))].join(', ');
};

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** What an operator leaves behind, where that is certain. */
const GIVES: Readonly<Record<string, Pipeline['output']>> = {
  Sigmoid: 'probability',
  HardSigmoid: 'probability',
  Softmax: 'softmax',
  Gemm: 'logit',
  MatMul: 'logit',
  Conv: 'logit',
};

const outputDifferences = (pipeline: Pipeline, output: ModelOutput): readonly Difference[] => {
  const { name, shape, madeBy } = output;
  const wanted = numbersPerAnswer(pipeline.output);
  const rest = shape === undefined || shape.length < 2 ? [] : shape.slice(1);
  const numbers = rest.reduce<number>((product, size) => product * (typeof size === 'number' ? size : Number.NaN), 1);
  const gives = madeBy === undefined ? undefined : GIVES[madeBy];
  return [
    ...typeDifferences('output', output),
    ...(rest.length === 0 || Number.isNaN(numbers) || numbers === wanted
      ? []
      : [
          {
            found: `output "${name}" gives ${count(numbers, 'number')} for a stack, and pipeline ${pipeline.name} reads ${wanted} (${pipeline.output})`,
            fix: 'Export a model with one answer for a stack: stalled or not.',
          },
        ]),
    ...(gives === undefined || gives === pipeline.output
      ? []
      : [
          {
            found: `output "${name}" comes from ${madeBy}, so it is a ${gives}, and pipeline ${pipeline.name} reads a ${pipeline.output}`,
            fix: `Write \`"output": "${gives}"\` in a pipeline of your own, or export the model with ${ENDS[pipeline.output]} at its end.`,
          },
        ]),
  ];
};

const ENDS: Readonly<Record<Pipeline['output'], string>> = {
  probability: 'a sigmoid',
  softmax: 'a softmax over two classes',
  logit: 'neither sigmoid nor softmax',
};

/** Whether the model has nodes that normalise by a whole batch of stacks; no pipeline means that. */
export const trainingDifference = ({ ownMoments }: Pick<ModelDescription, 'ownMoments'>): Difference | undefined =>
  ownMoments.training === 0
    ? undefined
    : {
        found: `${count(ownMoments.training, 'BatchNormalization node')} in training mode, which mixes the stacks of a batch and which onnxruntime, joining it to a convolution, answers wrongly`,
        fix: 'Export normalisation as InstanceNormalization, or in evaluation mode; docs/guides/bring-your-model.md has both recipes.',
      };

/** Whether the model normalises by the moments the pipeline means. */
const momentDifferences = (
  pipeline: Pipeline,
  { ownMoments }: Pick<ModelDescription, 'ownMoments'>,
): readonly Difference[] => {
  const { instance } = ownMoments;
  const training = trainingDifference({ ownMoments });
  if (training !== undefined) return [training];
  if (pipeline.batchNorm === 'instance' && instance === 0)
    return [
      {
        found: `no node normalises by the stack's own moments, and pipeline ${pipeline.name} says batchNorm "instance"; the export fixed the training set's moments`,
        fix: 'Export batch normalisation as InstanceNormalization; docs/guides/bring-your-model.md has the recipe.',
      },
    ];
  if (pipeline.batchNorm === 'moving' && instance > 0)
    return [
      {
        found: `${count(instance, 'InstanceNormalization node')} with the stack's own moments, and pipeline ${pipeline.name} says batchNorm "moving"`,
        fix: 'Export in evaluation mode, or write `"batchNorm": "instance"` in a pipeline of your own.',
      },
    ];
  return [];
};

const weightDifferences = ({ external }: ModelDescription): readonly Difference[] =>
  external
    .filter(({ bytes }) => bytes === undefined)
    .map(({ file, tensors }) => ({
      found: `the weights of ${count(tensors, 'tensor')} are in ${file}, which is not beside the model`,
      fix: 'Copy that file into the folder of the model, under the same name.',
    }));

/** Only where every model is pinned: otherwise it may be one that is not. */
const pinDifferences = ({ name, models }: Pipeline, { sha256 }: ModelDescription): readonly Difference[] =>
  models.every((role) => role.sha256 !== undefined && role.sha256 !== sha256)
    ? [
        {
          found: `its SHA-256 is none of those pinned in pipeline ${name}`,
          fix: 'Use the file that was pinned, or pin this one when you trust it.',
        },
      ]
    : [];
