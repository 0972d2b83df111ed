// A model beside the crowd: simulated films → the embedded ONNX model → scores → fewer stacks left to ask about.
import { dirname, join } from 'node:path';
import { Decode, Errors, Policy, Simulate } from 'tandem-consensus';
import { embeddedModel, openPredictor, stackFromFrames } from 'tandem-consensus/model';

// One film of each class. Their frames are in memory, so no video decoder is needed; `stackFromFile` reads mp4 files.
const films = [0, 1].map((truth) =>
  stackFromFrames(truth === 1 ? 'a stalled film' : 'a flowing film', Simulate.clip({ truth, view: 'outline' })(3)),
);

// The package `onnxruntime-node` is optional. Where it is missing the failure names it, and the rest goes on without.
const opened = await openPredictor()(embeddedModel());
if (opened._tag === 'Left') {
  console.log(`No films scored here: ${Errors.format(opened.left)}`);
} else {
  const predictor = opened.right;
  for (const result of await predictor.predict(films)) {
    if (result._tag === 'Left') console.log(Errors.format(result.left));
    else console.log(`${result.right.stack}: score ${result.right.ensemble.score.toFixed(3)}`);
  }
  await predictor.close();
}

// Gold of the simulated laboratory, and what the same model scored its 2,400 films: that file comes with the package.
const file = Decode.fromFile(join(dirname(embeddedModel().models[0].path), 'gold-scores.csv'));
const scored = Errors.getOrThrow(await Decode.scores()(file));
const laboratory = Simulate.dataset({
  stacks: 0,
  prevalence: 0.1,
  votes: { perStack: 'E7' },
  gold: { stalled: 800, flowing: 1600, chosen: 'stratified' },
})(1);
const { votes, gold } = Simulate.inputs(laboratory);

// Ids must be written alike in votes, scores and gold: `gold-000001.mp4` in the file is `stack-000001` here.
const scores = { ...scored, stackIds: scored.stackIds.map((id) => id.replace(/^gold-(\d+)\.mp4$/, 'stack-$1')) };

// The policy learns on gold what a score is worth. A stack without a score stays unscored: missing is not flowing.
const targets = { sensitivity: 0.98, specificity: 0.95, confidence: 0.95 };
const retiredShare = (inputs) => {
  const { policy } = Policy.fit({ seed: 1, prevalence: 0.1, targets })({ ...inputs, gold });
  const { routing } = Policy.decide(policy)(inputs);
  return `${Math.round((100 * routing.filter((next) => next._tag === 'Retire').length) / routing.length)} %`;
};
console.log(
  `Retired without another vote: ${retiredShare({ votes })} by votes, ${retiredShare({ votes, scores })} by votes and scores`,
);
