import type { IssueLog } from '../text/issues.js';

// Node's types of this version do not know zstd, which came with 22.15.
type Zlib = typeof import('node:zlib') & {
  readonly createZstdDecompress?: () => NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>;
};

const CODES: Readonly<Record<'gzip' | 'zstd', RegExp>> = { gzip: /^Z_/, zstd: /^(ZSTD_|Z_|ERR_ZSTD)/ };
const TOO_EARLY = /^(Z_BUF_ERROR|ZSTD_error_srcSize_wrong)$/;

async function* through(
  kind: 'gzip' | 'zstd',
  chunks: AsyncIterable<Uint8Array>,
  stream: NodeJS.ReadWriteStream & AsyncIterable<Uint8Array | string>,
  log: IssueLog,
): AsyncGenerator<Uint8Array> {
  const { pipeline, Readable } = process.getBuiltinModule('node:stream');
  // A failure of either end comes out of the loop below.
  pipeline(Readable.from(chunks), stream, () => undefined);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!CODES[kind].test(code)) throw cause;
    const found = TOO_EARLY.test(code) ? `${kind} data that ends too early` : `damaged ${kind} data`;
    log.halt({ found, expected: `a complete ${kind} file`, fix: 'Copy or download the file again.' });
  }
}

/** Unpacks gzip, and zstd where Node can. */
export async function* unpacked(
  kind: 'gzip' | 'zstd',
  chunks: AsyncIterable<Uint8Array>,
  log: IssueLog,
): AsyncGenerator<Uint8Array> {
  const { createGunzip, createZstdDecompress } = process.getBuiltinModule('node:zlib') as Zlib;
  if (kind === 'gzip') {
    yield* through(kind, chunks, createGunzip(), log);
  } else if (createZstdDecompress !== undefined) {
    yield* through(kind, chunks, createZstdDecompress(), log);
  } else {
    log.halt({
      found: 'a file packed with zstd, which this Node cannot unpack',
      expected: 'Node 22.15 or newer, or a file that is not packed with zstd',
      fix: 'Unpack it with zstd -d, or pack it with gzip.',
    });
  }
}
