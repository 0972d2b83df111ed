import { type EncodedVideoChunk, Mp4Muxer, VideoEncoder, VideoFrame } from '@napi-rs/webcodecs';

/** Small image stacks made on the spot: grey tissue, an orange outline, and whatever is to go wrong. */

export const WIDTH = 192;
export const HEIGHT = 160;

export interface Ring {
  readonly row: number;
  readonly col: number;
  readonly radius: number;
  /** Leaves out the sides, so that two arcs remain. */
  readonly broken?: boolean;
}

export const RING: Ring = { row: 80, col: 90, radius: 30 };

const ORANGE = { rgb: [243, 103, 15], yuv: [132, 69, 196] };
const STROKE = 2.5;

const onRing = (row: number, col: number, ring: Ring): boolean => {
  const away = Math.hypot(row - ring.row, col - ring.col);
  const isArc = ring.broken !== true || Math.abs(row - ring.row) > ring.radius / 3;
  return Math.abs(away - ring.radius) < STROKE && isArc;
};

const grey = (row: number, col: number, f: number): number => 40 + ((row * 7 + col * 3 + f * 11) % 32);

/** One frame as I420 planes; outlines on whole chroma samples, so that compression keeps their colour. */
export const yuvFrame = (f: number, rings: readonly Ring[]): Uint8Array => {
  const frame = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
  for (let row = 0; row < HEIGHT; row++) {
    for (let col = 0; col < WIDTH; col++) {
      const isOn = rings.some((ring) => onRing(row & ~1, col & ~1, ring));
      frame[row * WIDTH + col] = isOn ? ORANGE.yuv[0] : grey(row >> 3, col >> 3, f);
      if (!isOn) continue;
      const at = (row >> 1) * (WIDTH >> 1) + (col >> 1);
      frame[WIDTH * HEIGHT + at] = ORANGE.yuv[1];
      frame[WIDTH * HEIGHT + (WIDTH * HEIGHT) / 4 + at] = ORANGE.yuv[2];
    }
  }
  return frame;
};

/** One frame as red, green, blue. */
export const rgbFrame = (f: number, rings: readonly Ring[]): Uint8Array => {
  const frame = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let row = 0, i = 0; row < HEIGHT; row++) {
    for (let col = 0; col < WIDTH; col++, i += 3) {
      const isOn = rings.some((ring) => onRing(row, col, ring));
      for (let c = 0; c < 3; c++) frame[i + c] = isOn ? ORANGE.rgb[c] : grey(row, col, f);
    }
  }
  return frame;
};

/** As many frames as lists of rings. */
export const frames = (
  rings: readonly (readonly Ring[])[],
  of: (f: number, rings: readonly Ring[]) => Uint8Array,
): readonly Uint8Array[] => rings.map((list, f) => of(f, list));

/** The same ring in every frame. */
export const steady = (n: number, rings: readonly Ring[] = [RING]): readonly (readonly Ring[])[] =>
  Array.from({ length: n }, () => rings);

/** H.264 in MP4, index first. */
export const mp4 = async (planes: readonly Uint8Array[]): Promise<Uint8Array> => {
  const muxer = new Mp4Muxer({ fastStart: true });
  let isOpen = false;
  const encoder = new VideoEncoder({
    output: (chunk: EncodedVideoChunk, metadata?: { decoderConfig?: { description?: unknown } }) => {
      const description = metadata?.decoderConfig?.description as Uint8Array | undefined;
      if (!isOpen)
        muxer.addVideoTrack({
          codec: 'avc1.42001E',
          width: WIDTH,
          height: HEIGHT,
          ...(description && { description }),
        });
      isOpen = true;
      muxer.addVideoChunk(chunk);
    },
    error: (error: Error) => {
      throw error;
    },
  });
  encoder.configure({ codec: 'avc1.42001E', width: WIDTH, height: HEIGHT, bitrate: 4_000_000, framerate: 15 });
  for (const [f, data] of planes.entries()) {
    const init = { format: 'I420', codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: f * 66_667 } as const;
    const frame = new VideoFrame(data, init);
    encoder.encode(frame, { keyFrame: f === 0 });
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  return muxer.finalize();
};

/** A `.npy` file; `head` may lie. */
export const npy = (
  body: Uint8Array,
  {
    shape,
    descr = '|u1',
    fortran = false,
  }: { readonly shape: readonly number[]; readonly descr?: string; readonly fortran?: boolean },
): Uint8Array => {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const head = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const padded = `${head.padEnd(117)}\n`;
  const out = new Uint8Array(10 + padded.length + body.length);
  out.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  out.set(new TextEncoder().encode(padded), 10);
  out.set(body, 10 + padded.length);
  return out;
};

export const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** A TIFF of uncompressed pages, pixels first, index last. */
export const tiff = (
  pages: readonly Uint8Array[],
  {
    samples = 3,
    bits = 8,
    height = HEIGHT,
  }: { readonly samples?: number; readonly bits?: number; readonly height?: number } = {},
): Uint8Array => {
  let at = 8;
  const placed = pages.map((page) => {
    const offset = at;
    at += page.length;
    return { page, offset };
  });
  const ifds = placed.map(({ page, offset }) => ({
    t256: [WIDTH],
    t257: [height],
    t258: Array.from({ length: samples }, () => bits),
    t259: [1],
    t262: [samples === 3 ? 2 : 1],
    t273: [offset],
    t277: [samples],
    t278: [height],
    t279: [page.length],
  }));
  return joined([header(at), ...pages, index(ifds, at)]);
};

const u16 = (n: number): readonly number[] => [n & 255, (n >> 8) & 255];
const u32 = (n: number): readonly number[] => [...u16(n & 0xffff), ...u16(n >>> 16)];
const header = (at: number): Uint8Array => Uint8Array.from([0x49, 0x49, 42, 0, ...u32(at)]);

const index = (ifds: readonly Readonly<Record<string, readonly number[]>>[], from: number): Uint8Array => {
  const parts: number[] = [];
  for (const [i, ifd] of ifds.entries()) {
    const tags = Object.entries(ifd);
    const start = from + parts.length;
    const extra = start + 2 + 12 * tags.length + 4;
    const far: number[] = [];
    const rows = tags.flatMap(([tag, values]) => {
      const isLong = tag === 't273' || tag === 't279';
      const bytes = values.flatMap((value) => (isLong ? u32(value) : u16(value)));
      const value = bytes.length <= 4 ? [...bytes, 0, 0, 0, 0].slice(0, 4) : u32(extra + far.length);
      if (bytes.length > 4) far.push(...bytes);
      return [...u16(Number(tag.slice(1))), ...u16(isLong ? 4 : 3), ...u32(values.length), ...value];
    });
    const next = i + 1 < ifds.length ? extra + far.length : 0;
    parts.push(...u16(tags.length), ...rows, ...u32(next), ...far);
  }
  return Uint8Array.from(parts);
};
