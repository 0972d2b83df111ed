import type { DataFailure } from '../domain/errors.js';
import type { ModelFailure } from '../model/failure.js';

/** A failure of models in the words of the other verbs. */
export const asData = (failure: ModelFailure | DataFailure): DataFailure => {
  switch (failure._tag) {
    case 'IoFailure':
    case 'InvalidInput':
    case 'DuplicateVotes':
      return failure;
    default:
      return {
        _tag: 'InvalidInput',
        source: 'model' in failure ? failure.model : (failure.stack ?? '--models'),
        total: 1,
        issues: [{ found: failure.reason, expected: EXPECTED[failure._tag] ?? expectedOf(failure), fix: failure.fix }],
      };
  }
};

const expectedOf = (failure: ModelFailure): string =>
  !('model' in failure) && 'stack' in failure && failure.stack !== undefined
    ? 'an image stack that can be read and has an outline'
    : 'sound ONNX models that fit the pipeline and can be run here';

const EXPECTED: Readonly<Record<string, string>> = {
  ModelsDiffer: 'models that share input, opset and IR version',
  WeightsElsewhere: 'weights beside the model',
};
