/**
 * What reading votes costs, from every kind of file: seconds of processor time for decoding and indexing, the least of some
 * rounds. With two builds, they take turns, and the ratio of plain CSV tells what a change cost.
 *
 *   node bench/speed/files.mjs [BUILD …]      e.g. ../main/dist dist
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import writeExcel from 'write-excel-file/node';

const VOTES = 1_000_000;
/** Workbooks cannot have more rows than about this many; the others are cut to compare. */
const FEW = 100_000;
const ROUNDS = 7;

const measured = async (build, path) => {
  const { Decode, Errors } = await import(join(build, 'index.js'));
  const started = process.cpuUsage();
  const votes = Errors.getOrThrow(await Decode.votes()(Decode.fromFile(path)));
  const { user, system } = process.cpuUsage(started);
  process.stdout.write(JSON.stringify({ votes: votes.label.length, seconds: (user + system) / 1e6 }));
};

const least = (builds, path, rounds) => {
  const best = builds.map(() => ({ votes: 0, seconds: Number.POSITIVE_INFINITY }));
  for (let round = 0; round < rounds; round++) {
    for (const [b, build] of builds.entries()) {
      const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, '--one', build, path]);
      if (stdout.length === 0) throw new Error(String(stderr));
      const one = JSON.parse(String(stdout));
      if (one.seconds < best[b].seconds) best[b] = one;
    }
  }
  return best;
};

const makeFiles = async (folder) => {
  const rows = Array.from({ length: VOTES }, (_, i) => {
    const n = Math.imul(i, 2654435761) >>> 0;
    return [`vessel-${n % (VOTES / 10)}`, `annotator-${(n >>> 7) % 10_000}`, n % 97 === 0 ? 1 : 0];
  });
  const csv = (list, delimiter) =>
    [['stackId', 'annotatorId', 'label'], ...list].map((row) => row.join(delimiter)).join('\n');
  const few = rows.slice(0, FEW);
  const zoo = few.map(
    ([stack, annotator, label], i) =>
      `${i},${annotator},,77,"[{""task"":""T0"",""value"":""${label === 1 ? 'Stalled' : 'Flowing'}""}]","{}",${stack},2026-01-05 09:15:02 UTC`,
  );
  const files = {
    'plain CSV': csv(rows, ','),
    'CSV with semicolons': csv(rows, ';'),
    'CSV, gzip': gzipSync(csv(rows, ',')),
    'plain CSV, a tenth': csv(few, ','),
    'JSON array, a tenth': JSON.stringify(
      few.map(([stackId, annotatorId, label]) => ({ stackId, annotatorId, label })),
    ),
    'Zooniverse, a tenth': `classification_id,user_name,user_id,workflow_id,annotations,subject_data,subject_ids,created_at\n${zoo.join('\n')}\n`,
    'Parquet, a tenth': new Uint8Array(
      parquetWriteBuffer({
        columnData: ['stackId', 'annotatorId', 'label'].map((name, c) => ({ name, data: few.map((row) => row[c]) })),
      }),
    ),
    'Excel, a tenth': await writeExcel([
      {
        sheet: 'Votes',
        data: [['stackId', 'annotatorId', 'label'], ...few].map((row) => row.map((value) => ({ value }))),
      },
    ]).toBuffer(),
  };
  return Object.entries(files).map(([name, content], i) => {
    const path = join(folder, String(i));
    writeFileSync(path, content);
    return { name, path };
  });
};

if (process.argv[2] === '--one') {
  await measured(process.argv[3], process.argv[4]);
} else {
  const builds = (process.argv.length > 2 ? process.argv.slice(2) : ['dist']).map((path) => resolve(path));
  const folder = mkdtempSync(join(tmpdir(), 'tandem-files-'));
  try {
    for (const { name, path } of await makeFiles(folder)) {
      const compared = name === 'plain CSV' ? builds : builds.slice(-1);
      const times = least(compared, path, name === 'plain CSV' ? ROUNDS : 3);
      const last = times.at(-1);
      const ratio = times.length > 1 ? `   × ${(last.seconds / times[0].seconds).toFixed(3)} of ${builds[0]}` : '';
      const bytes = readFileSync(path).length;
      console.log(
        `${name.padEnd(22)}${last.seconds.toFixed(2).padStart(7)} s ${Math.round(last.votes / last.seconds)
          .toLocaleString('en-US')
          .padStart(12)} votes/s ${(bytes / 1e6).toFixed(1).padStart(7)} MB${ratio}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
