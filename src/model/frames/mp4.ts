import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';

/** The video track of an MP4 file: where each coded frame lies and when it is shown. */
export interface Mp4Track {
  /** Four letters: `avc1` is H.264, `mp4v` MPEG-4 part 2. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** The `avcC` box of H.264. */
  readonly description?: Uint8Array;
  readonly samples: readonly Mp4Sample[];
  /** The frames are in fragments that this index does not list. */
  readonly isFragmented: boolean;
  /** The edit list shows only some frames, or several pieces: the film was cut without re-encoding. */
  readonly isCut: boolean;
}

export interface Mp4Sample {
  readonly offset: number;
  readonly size: number;
  readonly isKey: boolean;
  /** Microseconds. */
  readonly shownAt: number;
}

interface Mp4Box {
  readonly type: string;
  readonly from: number;
  readonly to: number;
}

// A larger table is damaged or an attack; the longest known stack has 434 frames.
const MOST_SAMPLES = 1_000_000;

/** Reads the index of an MP4 file without decoding. A damaged index and a cut-off file give different failures. */
export const readMp4 = (stack: string, bytes: Uint8Array): E.Either<StackFailure, Mp4Track> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const top = boxesIn(view, 0, bytes.length);
    const moov = top.find((box) => box.type === 'moov');
    if (moov === undefined || moov.to > bytes.length) {
      return E.left(
        stackFailure('StackTruncated', stack, 'the index of the file (moov) is missing: it ends too early'),
      );
    }
    const tracks = childrenOf(view, moov).filter((box) => box.type === 'trak');
    const video = tracks.find((track) => textAt(view, inside(view, track, 'mdia', 'hdlr').from + 8) === 'vide');
    if (video === undefined) return E.left(stackFailure('FormatUnknown', stack, 'it has no video track'));
    const track = trackOf(view, bytes, moov, video);
    const beyond = track.samples.findIndex((sample) => sample.offset + sample.size > bytes.length);
    if (beyond >= 0) {
      const reason = `it promises ${track.samples.length} frames and ends inside frame ${beyond}`;
      return E.left(stackFailure('StackTruncated', stack, reason, { frame: beyond }));
    }
    return E.right(track);
  } catch (cause) {
    // DataView throws for a position after the end; `inside` throws when a box is missing.
    const detail = cause instanceof Error ? cause.message : String(cause);
    return E.left(stackFailure('StackDamaged', stack, `the index of the file cannot be read: ${detail}`));
  }
};

const trackOf = (view: DataView, bytes: Uint8Array, moov: Mp4Box, track: Mp4Box): Mp4Track => {
  const table = inside(view, track, 'mdia', 'minf', 'stbl');
  const timescale = timescaleOf(view, inside(view, track, 'mdia', 'mdhd'));
  const entry = inside(view, table, 'stsd').from + 8;
  const codec = textAt(view, entry + 4);
  const extras = boxesIn(view, entry + 86, entry + view.getUint32(entry));
  const avcC = extras.find((box) => box.type === 'avcC');
  const samples = samplesOf(view, table, timescale);
  return present({
    codec,
    width: view.getUint16(entry + 32),
    height: view.getUint16(entry + 34),
    samples,
    isFragmented: childrenOf(view, moov).some((box) => box.type === 'mvex'),
    isCut: hidesFrames(view, moov, track, timescale, samples),
    description: avcC === undefined ? undefined : bytes.slice(avcC.from, avcC.to),
  });
};

// Version 1 has 64-bit times before the time scale.
const timescaleOf = (view: DataView, { from }: Mp4Box): number =>
  view.getUint32(from + (view.getUint8(from) === 1 ? 20 : 12));

/** Whether the edit list omits frames or shows several pieces. Most lists only give the time of the first frame. */
const hidesFrames = (
  view: DataView,
  moov: Mp4Box,
  track: Mp4Box,
  timescale: number,
  samples: readonly Mp4Sample[],
): boolean => {
  const edts = childrenOf(view, track).find((box) => box.type === 'edts');
  const list = edts && childrenOf(view, edts).find((box) => box.type === 'elst');
  if (list === undefined) return false;
  const isLong = view.getUint8(list.from) === 1;
  const whole = timescaleOf(view, inside(view, moov, 'mvhd'));
  const edits = Array.from({ length: counted(view.getUint32(list.from + 4)) }, (_, e) => {
    const at = list.from + 8 + e * (isLong ? 20 : 12);
    return isLong
      ? { lasts: Number(view.getBigUint64(at)), from: Number(view.getBigInt64(at + 8)) }
      : { lasts: view.getUint32(at), from: view.getInt32(at + 4) };
  }).filter((edit) => edit.from >= 0); // Negative: an empty edit, which shows no frame.
  if (edits.length !== 1) return edits.length > 1;
  const from = Math.round((edits[0].from * 1e6) / timescale);
  const to = edits[0].lasts === 0 ? Number.POSITIVE_INFINITY : from + (edits[0].lasts * 1e6) / whole;
  return samples.some(({ shownAt }) => shownAt < from || shownAt >= to);
};

const samplesOf = (view: DataView, table: Mp4Box, timescale: number): readonly Mp4Sample[] => {
  const boxes = childrenOf(view, table);
  const find = (type: string): Mp4Box | undefined => boxes.find((box) => box.type === type);
  const need = (type: string): Mp4Box => find(type) ?? missing(type);
  const sizes = need('stsz').from;
  const n = counted(view.getUint32(sizes + 8));
  const sameSize = view.getUint32(sizes + 4);
  const sizeOf = (i: number): number => (sameSize > 0 ? sameSize : view.getUint32(sizes + 12 + 4 * i));
  const offsets = offsetsOf(view, { stco: find('stco'), co64: find('co64'), stsc: need('stsc') }, n, sizeOf);
  const keys = find('stss');
  const keySet =
    keys === undefined
      ? undefined
      : new Set(
          Array.from(
            { length: counted(view.getUint32(keys.from + 4)) },
            (_, i) => view.getUint32(keys.from + 8 + 4 * i) - 1,
          ),
        );
  const decodedAt = runs(view, need('stts'), n, true);
  const late = find('ctts');
  const delay = late === undefined ? undefined : runs(view, late, n, false);
  return Array.from({ length: n }, (_, i) => ({
    offset: offsets[i],
    size: sizeOf(i),
    isKey: keySet?.has(i) ?? true,
    shownAt: Math.round(((decodedAt[i] + (delay?.[i] ?? 0)) * 1e6) / timescale),
  }));
};

/** Expands `(count, value)` pairs to one number per sample; with `sum`, to the total of all earlier samples. */
const runs = (view: DataView, box: Mp4Box, n: number, sum: boolean): Float64Array => {
  const out = new Float64Array(n);
  const entries = counted(view.getUint32(box.from + 4));
  let total = 0;
  for (let e = 0, i = 0; e < entries; e++) {
    const count = view.getUint32(box.from + 8 + 8 * e);
    const value = view.getInt32(box.from + 12 + 8 * e);
    for (let k = 0; k < count && i < n; k++, i++) {
      out[i] = sum ? total : value;
      total += value;
    }
  }
  return out;
};

const offsetsOf = (
  view: DataView,
  { stco, co64, stsc }: { readonly stco: Mp4Box | undefined; readonly co64: Mp4Box | undefined; readonly stsc: Mp4Box },
  n: number,
  sizeOf: (i: number) => number,
): Float64Array => {
  const chunks = stco ?? co64 ?? missing('stco');
  const nChunks = counted(view.getUint32(chunks.from + 4));
  const entries = counted(view.getUint32(stsc.from + 4));
  const out = new Float64Array(n);
  let sample = 0;
  for (let e = 0; e < entries; e++) {
    const first = view.getUint32(stsc.from + 8 + 12 * e);
    const next = e + 1 < entries ? view.getUint32(stsc.from + 20 + 12 * e) : nChunks + 1;
    const each = view.getUint32(stsc.from + 12 + 12 * e);
    for (let chunk = first; chunk < next && sample < n; chunk++) {
      let at =
        stco === undefined
          ? Number(view.getBigUint64(chunks.from + 8 * chunk))
          : view.getUint32(chunks.from + 4 + 4 * chunk);
      for (let k = 0; k < each && sample < n; k++) {
        out[sample] = at;
        at += sizeOf(sample++);
      }
    }
  }
  if (sample < n) throw new RangeError(`the chunk table places ${sample} of ${n} frames`);
  return out;
};

const counted = (n: number): number => {
  if (n > MOST_SAMPLES) throw new RangeError(`a table promises ${n} entries`);
  return n;
};

const missing = (type: string): never => {
  throw new RangeError(`box ${type} is missing`);
};

const textAt = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

/** Consecutive boxes; `from` and `to` enclose the payload. In a cut-off file the last box may pass the end. */
const boxesIn = (view: DataView, from: number, to: number): readonly Mp4Box[] => {
  const boxes: Mp4Box[] = [];
  for (let at = from; at + 8 <= to; ) {
    const short = view.getUint32(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? to - at : short;
    if (size < head) break;
    boxes.push({ type: textAt(view, at + 4), from: at + head, to: at + size });
    at += size;
  }
  return boxes;
};

const childrenOf = (view: DataView, box: Mp4Box): readonly Mp4Box[] => boxesIn(view, box.from, box.to);

const inside = (view: DataView, box: Mp4Box, ...path: readonly string[]): Mp4Box => {
  let at = box;
  for (const type of path) at = childrenOf(view, at).find((child) => child.type === type) ?? missing(type);
  return at;
};
