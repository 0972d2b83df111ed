// What stands below the tables of docs/throughput.md: words for the figures, kept apart from what makes them.

export const INTRODUCTION = `# Answers per stack at held quality

Made by \`npm run build && node bench/accuracy/throughput.mjs --markdown\`; the figures are in
\`bench/results/throughput.json\`. One part at a time: \`--only typical\` (or ample, hard, shifted, stallsim, medrelex, cifar,
certified; \`none\` only writes this page); \`--quick\` runs a small part and writes nothing.

Votes saved mean nothing without the quality reached, so every row has both. \`hit\` is the share of laboratories or
splits in which **both** targets were met on stacks that nothing was tuned on; a mean exactly on the targets gives a hit
about every fourth time. \`unasked\` is the share of stacks decided with no answer at all.
`;

export const NOTES = `## How to read this

* **Simulator.** Each laboratory has a crowd of its own, 10,000 research stacks, 2,500 stalled and 7,000 flowing gold stacks
  (dealt at random over all recordings), at most 20 answers per stack, and 16,000 + 16,000 stacks to be judged on. \`±\` is the
  standard error over laboratories. Figures are weighted to 1 % stalled. *Ample gold* is the same laboratory after years: 20,000
  stalled and 40,000 flowing gold stacks.
* **tandem, no room for chance** is the cheapest rule that seems to keep the targets: what a laboratory gets on average.
  **tandem** leaves room for chance: on gold it may take only 1/(1 + 1.645 √(1 + n/(n + m)) e) of the allowed misses, e being
  the relative standard error of that many misses among n stalled stacks, as many as gold has. Judging has an error of chance, and so
  has tuning, though a smaller one: there the posterior's rate is worth m stacks ([asking](math.md#asking)). One formula for all sets;
  1/(1 + 1.645 e), which forgets the second chance, and 1/(1 + 1.645 √2 e), which forgets the posterior, were tried before on
  other splits. **half the room** lies between the two. **tandem, certified** is proved on gold of its own (1,500 stalled) at 95 %
  confidence, or is not deployed: \`found\` says how often a certificate could be given.
* **ideal observer** knows every parameter of the simulator, finds its rule on one half of the stacks and is measured on the
  other, by its own posterior, which is right by construction; the row is for the rule with sensitivity .99.
  With one kind of annotator (α = .9) the problem was also solved exactly, by dynamic programming over score, answers and
  stalled answers (no sampling, so no Monte-Carlo error): **1.32** answers at .99/.95 if the whole state may be used,
  **1.40** if only the posterior and the number of answers, as in \`Asking.Rule\`. So a rule that also counted stalled
  answers would save 6 % there; in the full simulator, with annotators who differ, nothing was gained by counting stalled
  answers or by remembering the score (same expected cost within the noise of 160,000 stacks, two crowds), so rules stayed simple.
* **The frontier is steep.** In the *typical* setting four ten-thousandths of sensitivity are worth .3 answers, and laboratories differ
  by half an answer (standard deviation); hence 24 of them. Six had suggested that 2,500 stalled gold
  stacks are too few to know a rule's miss rate; more laboratories showed no such thing, and a search for rules along the whole
  frontier, in place of one round each degree of safety, took the mean from 2.5 answers to 2.0. Bounds where the summed saving is
  largest, instead of the first place that breaks even, had saved .3 to .5 before. No help: the worse of gold's count and the
  posterior's rate, smoother bounds, bounds found on stacks drawn from the fitted posterior. Bounds that only come together with
  every vote would keep a late vote from reopening what it agrees with; the history has them, and this bench was run on them once.
  They cost about the same here (2.01) and on CIFAR-10H, and more elsewhere: medrelex_treat 2.43 for 2.36 answers, and a certificate
  with zero votes allowed in 16 to 19 of 30 splits instead of 19 to 22. So bounds stand where they were found.
* **mean of n, model alone** are cut where their specificity is .95. The cut was chosen on the very stacks that judge it: better
  than any deployment can be.
* **hard and shifted.** Twenty answers and this model are too little for .99/.95, even with every parameter known. Where
  \`found\` is 0, the answer is "not certifiable".
* **Replay.** Gold is halved at random, everything fitted and tuned on one half, measured on the other. \`adaptive, crowd
  only\` is the important baseline: it stops when its posterior is clear, without a model. Rows with unasked stacks need the audit
  share switched on (\`Asking.isAudited\`), which puts an interval on the positives lost unseen.
* **raw model triage** decides by the uncalibrated score below .1 and above .9, as another project published it. At 1 % it saves most
  votes in the table, and misses the sensitivity target everywhere. On \`medrelex_treat\`, where half are
  positive, it keeps the targets, and takes more answers than tandem.

## Not reached, and what was tried

* A certificate of .99/.95 by the crowd and the model alone in the *typical* setting, even with ample gold: twenty answers and this
  model barely hold the targets with every parameter known, which leaves no room for a proof. \`tandem run\` therefore
  has rules that end with an expert, and certifies with them.
* CIFAR-10H at 1.15 answers *and* hit .9 on all three models at once: the answers are reached on all, hit on two; on the third in 25 of 30
  splits. Before: the worse of count and posterior at half the allowed misses, 1.19, 1.09 and 1.16 answers with
  hit .88, .93 and .98 (four splits); shrunken rates with room for the judging half only, 1.09, 1.02 and 1.11 with hit .6, .7 and 1.
  What helped: taking the safest of several rules at nearly the same cost. Before, rules gave more specificity than wanted and
  less sensitivity.
* CIFAR-10H *certified* in 1.8 answers on densenet: 1.92 on average over 21 certificates; on the other two models it is reached. One
  split for each class had 1.36, so the mean depends on a few splits. Tried without effect: the safest of several rules at nearly the
  same cost, and the search along the whole frontier. With 300 stalled stacks a certificate of .99 allows no miss at all, which a rule
  that misses one in a thousand passes three times in four, so \`found\` cannot be much higher.
* \`medrelex_treat\` at 2.3 of 15 answers and .901/.945: 2.36 at .914 and .929, nearly the same mean error, but not at the
  rates wanted. There are 300 gold stacks to tune on, whose chance, two points of sensitivity, is larger than the differences at stake, and
  rules tuned on the very stacks that fitted the posterior keep less than they seem to. Tuned on cross-fitted trajectories they keep
  more and cost 2.73. **Nearest: two constant bounds on the additive posterior, cross-fitted**, 2.32 answers, or 1.90 with none
  allowed. This crowd's errors are systematic (it reads the question more narrowly than the experts do), which rates fitted on gold
  undo, and a trait shared by all votes does not. Tried on other splits, before rates were shrunk towards the posterior's: joint
  posterior 2.95 at .898/.948; mean of joint and additive posterior 2.83 at .902/.943; additive posterior with bounds of least
  expected cost, which trust it too much, 3.64 at .918/.940; bounds found on 20,000 stacks drawn from the fitted posterior instead
  of the 300 themselves 2.73 at .908/.936.
* .99/.95 in the *hard* and *shifted* settings: the ideal observer does not reach it either with 20 answers.
`;
