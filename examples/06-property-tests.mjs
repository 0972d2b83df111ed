// Property tests for code of your own, with the generators that test this library. Needs the package `fast-check`.
import fc from 'fast-check';
import { Consensus, Errors, Votes } from 'tandem-consensus';
import { distinctVotes } from 'tandem-consensus/testing';

// Something of your own: the share of stacks that a majority calls stalled.
const stalledShare = (rows) => {
  const { logOdds } = Consensus.majority()(Errors.getOrThrow(Votes.from()(rows)));
  return logOdds.length === 0 ? 0 : logOdds.filter((z) => z > 0).length / logOdds.length;
};

// `distinctVotes` draws small crowds, odd ids included. fast-check shrinks a counter-example to the smallest one.
fc.assert(
  fc.property(distinctVotes(), fc.nat(), (rows, by) => {
    const rotated = [...rows.slice(by % (rows.length + 1)), ...rows.slice(0, by % (rows.length + 1))];
    return stalledShare(rotated) === stalledShare(rows);
  }),
  { seed: 1, numRuns: 500 },
);
console.log('The order of votes does not matter: 500 crowds tried');

fc.assert(
  fc.property(distinctVotes(), (rows) => {
    const swapped = rows.map((row) => ({ ...row, label: 1 - row.label }));
    return stalledShare(rows) + stalledShare(swapped) <= 1;
  }),
  { seed: 1, numRuns: 500 },
);
console.log('A stack and its mirror image are never both stalled: 500 crowds tried');
