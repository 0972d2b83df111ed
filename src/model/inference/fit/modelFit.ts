import { present } from '../../../domain/present.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { inputShape } from '../../pipeline/tensor.js';
import { numbersPerAnswer } from '../answers.js';
import type { ModelDescription } from '../onnx/inspect.js';
import { isFixed, type ModelOutput, type Port, type Shape, shapeText } from '../port.js';
import { castOf, type Wire } from './roles.js';

/** One way in which a model is not what a pipeline feeds or reads. */
export interface Mismatch {
  /** The model's name; absent when it concerns all models together. */
  readonly model?: string;
  /** What was found and what the pipeline has, as a sentence without its full stop. */
  readonly found: string;
  /** How to mend it, as an imperative sentence. */
  readonly fix: string;
}

/** How the models of a pipeline are fed and read. */
export interface Wiring {
  readonly wires: readonly Wire[];
  /** Orientations in one run: 1, unless a model has a fixed batch size. */
  readonly flipsPerRun: number;
}

/** Whether models fit a pipeline. */
export interface ModelFit {
  /** Empty when the models fit. */
  readonly mismatches: readonly Mismatch[];
  /** Reasons to look twice at models that fit. */
  readonly doubts: readonly Mismatch[];
  /** Present when the models fit. */
  readonly wiring?: Wiring;
}

/** What is known of a model: its ports from a runtime, everything else from its file. */
export interface KnownModel extends Partial<Pick<ModelDescription, 'sha256' | 'ownMoments' | 'external'>> {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly (Port & Pick<ModelOutput, 'madeBy'>)[];
}

type Problem = Omit<Mismatch, 'model'>;

/**
 * Whether models fit a pipeline: every mismatch with its remedy, and which output plays which role.
 *
 * No model is run. From descriptions of files it also tells which axis holds the channels, whether the last operator gives
 * what `output` says, and whose moments the normalisation uses.
 *
 * @param pipeline - the pipeline to compare with
 * @param models - descriptions from `inspectModel`, in the order in which the pipeline names its models
 * @returns `mismatches` is empty, and `wiring` is present, when the models fit
 * @example
 * const model = Errors.getOrThrow(await Model.inspectModel('test/fixtures/onnx/logit.onnx'));
 * const small = { ...Model.presets.kbrodtAlone, resize: { method: 'linear', height: 8, width: 8 }, models: [{ role: 'one' }] };
 * Model.modelFit(small)([model]).mismatches // => []
 * Model.modelFit({ ...small, output: 'probability' })([model]).mismatches.length // => 1
 */
export const modelFit =
  (pipeline: Pipeline) =>
  (models: readonly KnownModel[]): ModelFit => {
    const { wires, problems } = castOf(pipeline, models);
    const named =
      (model: string) =>
      (problem: Problem): Mismatch => ({ model, ...problem });
    const own = models.flatMap((model, file) => {
      const read = wires.flatMap((wire) => (wire.file === file ? [wire.output] : []));
      return [
        ...inputProblems(pipeline, model),
        ...model.outputs.filter(({ name }) => read.includes(name)).flatMap((port) => outputProblems(pipeline, port)),
        ...momentProblems(pipeline, model),
        ...weightProblems(model),
        ...pinProblems(pipeline, model),
      ].map(named(model.name));
    });
    const batches = [
      ...new Set(models.flatMap(({ inputs: [first] }) => first?.shape?.slice(0, 1).filter(isFixed) ?? [])),
    ];
    const flipsPerRun = Math.max(1, ...batches);
    const mismatches = [...problems, ...own, ...batchProblems(pipeline, batches, flipsPerRun)];
    return present({
      mismatches,
      doubts: models.flatMap((model) => doubtsOf(pipeline, model).map(named(model.name))),
      wiring: mismatches.length === 0 ? { wires, flipsPerRun } : undefined,
    });
  };

/** A mismatch as sentences for a person. */
export const mismatchText = ({ model, found, fix }: Mismatch): string =>
  `${model === undefined ? '' : `${model}: `}${found}. ${fix}`;

const batchProblems = (
  { name, flips }: Pipeline,
  batches: readonly number[],
  flipsPerRun: number,
): readonly Problem[] => [
  ...(batches.length > 1
    ? [{ found: `the files take ${batches.join(' and ')} at a time; all must take the same number`, fix: FREE_BATCH }]
    : []),
  ...(flips.length % flipsPerRun === 0
    ? []
    : [
        {
          found: `a run takes ${flipsPerRun} at a time, and pipeline ${name} has ${flips.length} of each stack`,
          fix: FREE_BATCH,
        },
      ]),
];

const FREE_BATCH = 'Export with a free batch size (PyTorch: dynamic_axes).';

const inputProblems = (pipeline: Pipeline, { inputs }: KnownModel): readonly Problem[] => {
  if (inputs.length !== 1)
    return [
      {
        found: `it has ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}), and a pipeline fills one`,
        fix: 'Export a model with one input; make the others constants.',
      },
    ];
  return [...typeProblems('input', inputs[0]), ...shapeProblems(pipeline, inputs[0])];
};

const typeProblems = (what: 'input' | 'output', { name, type }: Port): readonly Problem[] =>
  type === undefined || type === 'float32' || (what === 'output' && type === 'float64')
    ? []
    : [
        {
          found: `${what} "${name}" is of ${type}, and pipelines ${what === 'input' ? 'make' : 'read'} float32`,
          fix: `Put a cast to float32 at the model's ${what} and export again.`,
        },
      ];

const shapeProblems = (pipeline: Pipeline, { name, shape }: Port): readonly Problem[] => {
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

const accepts = (wanted: number | string, made: number | string): boolean => !isFixed(wanted) || wanted === made;

const takes = (wanted: Shape, made: Shape): boolean =>
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

const outputProblems = (pipeline: Pipeline, output: KnownModel['outputs'][number]): readonly Problem[] => {
  const { name, shape, madeBy } = output;
  const wanted = numbersPerAnswer(pipeline.output);
  // A single axis may count orientations or numbers; only a run shows which.
  const rest = shape === undefined || shape.length < 2 ? [] : shape.slice(1);
  const numbers = rest.every(isFixed) ? rest.reduce((product, size) => product * size, 1) : undefined;
  const gives = madeBy === undefined ? undefined : GIVES[madeBy];
  return [
    ...typeProblems('output', output),
    ...(rest.length === 0 || numbers === undefined || numbers === wanted
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

/** Nodes that normalise by a whole batch of stacks; no pipeline means that. */
export const trainingProblem = ({ ownMoments }: Pick<KnownModel, 'ownMoments'>): Problem | undefined =>
  ownMoments === undefined || ownMoments.training === 0
    ? undefined
    : {
        found: `${count(ownMoments.training, 'BatchNormalization node')} in training mode, which mixes the stacks of a batch; onnxruntime joins it to a convolution and answers wrongly`,
        fix: 'Export normalisation as InstanceNormalization, or in evaluation mode; docs/guides/bring-your-model.md has both recipes.',
      };

/** Whether the model normalises by the moments that the pipeline means. */
const momentProblems = (pipeline: Pipeline, { ownMoments }: KnownModel): readonly Problem[] => {
  if (ownMoments === undefined) return [];
  const { instance } = ownMoments;
  const training = trainingProblem({ ownMoments });
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

const weightProblems = ({ external = [] }: KnownModel): readonly Problem[] =>
  external
    .filter(({ bytes }) => bytes === undefined)
    .map(({ file, tensors }) => ({
      found: `the weights of ${count(tensors, 'tensor')} are in ${file}, which is not beside the model`,
      fix: 'Copy that file into the folder of the model, under the same name.',
    }));

/** Only where every model is pinned: otherwise it may be one that is not. */
const pinProblems = ({ name, models }: Pipeline, { sha256 }: KnownModel): readonly Problem[] =>
  sha256 !== undefined && models.every((role) => role.sha256 !== undefined && role.sha256 !== sha256)
    ? [
        {
          found: `its SHA-256 is none of those pinned in pipeline ${name}`,
          fix: 'Use the file that was pinned, or pin this one when you trust it.',
        },
      ]
    : [];

/** A pin covers the model's own file only. */
const doubtsOf = ({ name, models }: Pipeline, { sha256, external = [] }: KnownModel): readonly Problem[] =>
  external.length === 0 || sha256 === undefined || models.every((role) => role.sha256 !== sha256)
    ? []
    : [
        {
          found: `its weights are in ${external.map(({ file }) => file).join(', ')}, which the SHA-256 in pipeline ${name} does not cover`,
          fix: 'Compare their SHA-256 in the provenance, or export the model in one file.',
        },
      ];
