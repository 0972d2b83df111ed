// Where the real crowd sets are, and the published figures on them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const BUNDLED = join(ROOT, 'bench', 'data');

/** Sets whose licence keeps them out of the repository lie beside the checkout, where there are any. */
export const SHARED = join(ROOT, '..', 'shared', 'data');

/** In the order of the tables. Those in `bench/data` are in every clone. */
export const CROWD_SETS = [
  'bluebird',
  'barzan',
  'rte',
  'sp_amt',
  'zencrowd_in',
  'zencrowd_us',
  'd_possent',
  'zencrowd_all',
  'd_product',
  'sp',
  'medrelex_treat',
  'trec2010',
];

/** Paths of a set's votes and truth: the copy in the repository, else the one beside it, else null and a line that says so. */
export const crowdSet = (name) => {
  const places = [
    [join(BUNDLED, name), 'csv.gz'],
    [join(SHARED, 'crowd', name), 'csv'],
  ];
  for (const [dir, ending] of places) {
    const set = { votes: join(dir, `votes.${ending}`), truth: join(dir, `truth.${ending}`) };
    if (existsSync(set.votes) && existsSync(set.truth)) return set;
  }
  console.error(`${name}: left out, because it is neither in bench/data nor in ../shared/data/crowd.`);
  return null;
};

const datasetsOf = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).datasets : {});

/** Figures of published methods by method name, in the field names of the reference file; empty where there are none. */
export const publishedFigures = (() => {
  const datasets = {
    ...datasetsOf(join(SHARED, '..', 'facts', 'crowd_reference.json')),
    ...datasetsOf(join(BUNDLED, 'reference.json')),
  };
  return (name) => ({ ...datasets[name]?.crowdkit, ...datasets[name]?.extra });
})();
