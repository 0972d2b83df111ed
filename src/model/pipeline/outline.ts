import * as E from 'fp-ts/lib/Either.js';
import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import { type Blob, blobsOf } from '../../kernel/image/outline/blobs.js';
import { type Boundary, boundaryFrom, polygonMask } from '../../kernel/image/outline/boundary.js';
import { type MaskPixels, pixelMask, yuvMask } from '../../kernel/image/outline/colourMask.js';
import { clippedTo, extentsOf, longestFromFirst, unionOf } from '../../kernel/image/outline/extents.js';
import { otsu } from '../../kernel/image/outline/otsu.js';
import type { Box } from '../../kernel/image/volume.js';
import { type Clip, layoutOf } from '../frames/clip.js';
import { watchOutline } from './outlineGuard.js';
import type { OutlineRule, Pipeline } from './pipeline.js';

/** Where the judged vessel is. */
export interface Outline {
  readonly box: Box;
  /** One byte per pixel of the frame, 1 where the vessel is; absent when nothing is blackened. */
  readonly inside?: Uint8Array;
}

type ColourRule = OutlineRule & { readonly _tag: 'Colour' };

/**
 * Finds the outline as the pipeline says.
 *
 * @returns `Left` when a frame that must have an outline has none, or the guard objects
 */
export const findOutline =
  ({ outline, guard }: Pick<Pipeline, 'outline' | 'guard'>) =>
  (clip: Clip): E.Either<StackFailure, Outline> => {
    if (outline._tag === 'Whole') return E.right({ box: { row0: 0, row1: clip.height, col0: 0, col1: clip.width } });
    const scratch = new Uint32Array(clip.width * clip.height);
    const watch = watchOutline(guard, clip);
    const boxes: Box[] = [];
    let first: MaskPixels | undefined;
    // The guard looks at later frames even where the rule does not.
    const n = outline.frames === 'every' || guard.jump === 'fail' ? clip.frames.length : 1;
    for (let f = 0; f < n; f++) {
      const pixels = maskOf(clip, f, outline, scratch);
      const box = extentsOf(pixels, clip.width);
      if (box === undefined) {
        if (f > 0 && outline.frames === 'first') continue;
        const reason = f === 0 ? 'its first frame shows no outline' : 'a frame shows no outline';
        return E.left(
          stackFailure('OutlineMissing', clip.stack, reason, f === 0 ? { frame: f } : { frame: f, ...LOST }),
        );
      }
      const problem = watch(pixels, box, f);
      if (problem !== undefined) return E.left(problem);
      if (f === 0) first = { at: pixels.at.slice(0, pixels.count), count: pixels.count };
      if (f === 0 || outline.frames === 'every') boxes.push(box);
    }
    if (first === undefined) return E.left(stackFailure('StackEmpty', clip.stack, 'it has no frames'));
    const found = outlineFrom(outline, clip, boxes, first);
    return isBlank(found, clip.width)
      ? E.left(stackFailure('OutlineAmbiguous', clip.stack, APART, NO_FIX))
      : E.right(found);
  };

// Decoders paint over what they cannot read, outline and all.
const LOST = {
  fix: 'Look at that frame. Where it is torn, smeared or grey, the file is damaged: copy or download it again (`ffmpeg -v error -i FILE -f null -` lists what it finds in a film). Otherwise draw the outline on every frame.',
};

const APART = 'its outline is in pieces, and the piece that is filled lies outside the one that is cut out';
const NO_FIX = {
  fix: 'Give the stack with a closed outline, or take another pipeline: this one would see a black picture.',
};

/** Whether what is cut out is all painted over: a picture of nothing, which a model would have a probability for. */
const isBlank = ({ box, inside }: Outline, width: number): boolean => {
  if (inside === undefined) return false;
  for (let row = box.row0; row < box.row1; row++) {
    if (inside.subarray(row * width + box.col0, row * width + box.col1).includes(1)) return false;
  }
  return true;
};

const maskOf = (clip: Clip, f: number, { range }: ColourRule, scratch: Uint32Array): MaskPixels => {
  const frame = clip.frames[f];
  return clip.pixels._tag === 'Yuv'
    ? yuvMask({ frame, layout: layoutOf(clip, clip.pixels) }, range, scratch)
    : pixelMask(frame, clip.pixels._tag === 'Rgb' ? 3 : 1, range, scratch);
};

const outlineFrom = (rule: ColourRule, clip: Clip, boxes: readonly Box[], first: MaskPixels): Outline => {
  const clipped = (box: Box): Box => clippedTo(box, clip.height, clip.width);
  const { blobs, label } =
    rule.box._tag === 'LongestBlob' || rule.outside === 'black' ? blobsOf(first, clip) : NO_BLOBS;
  const inside = rule.outside === 'black' ? { inside: insideOf(blobs, label, clip) } : {};
  switch (rule.box._tag) {
    case 'Union':
      return { box: boxes.reduce(unionOf), ...inside };
    case 'LongestFromFirst':
      return { box: clipped(longestFromFirst(boxes)), ...inside };
    case 'Margin': {
      const { before, after } = rule.box;
      const { row0, row1, col0, col1 } = boxes.reduce(unionOf);
      return {
        box: clipped({ row0: row0 - before, row1: row1 + after, col0: col0 - before, col1: col1 + after }),
        ...inside,
      };
    }
    case 'LongestBlob': {
      const { after } = rule.box;
      const { box } = blobs.reduce((a, b) => (b.majorAxis > a.majorAxis ? b : a));
      return { box: clipped({ ...box, row1: box.row1 + after, col1: box.col1 + after }), ...inside };
    }
  }
};

const NO_BLOBS: { readonly blobs: readonly Blob[]; readonly label: Uint16Array } = {
  blobs: [],
  label: new Uint16Array(0),
};

/**
 * MATLAB's way from blobs to a filled mask: Otsu on the blobs' *numbers* chooses which blobs stay, the longest boundary
 * among them is filled. With several blobs the real outline may vanish, and a broken one keeps its stroke only.
 */
const insideOf = (blobs: readonly Blob[], label: Uint16Array, { height, width }: Clip): Uint8Array => {
  const histogram = new Uint32Array(256);
  // Blob numbers are bytes there; more blobs share the last one.
  for (const name of label) histogram[Math.min(name, 255)]++;
  const threshold = otsu(histogram);
  const kept = (row: number, col: number): boolean =>
    row >= 0 && row < height && col >= 0 && col < width && label[row * width + col] > threshold;
  let longest: Boundary = { rows: [], cols: [] };
  const traced = new Set<number>();
  for (let col = 0; col < width; col++) {
    for (let row = 0; row < height; row++) {
      const name = label[row * width + col];
      if (name <= threshold || traced.has(name)) continue;
      traced.add(name);
      const boundary = boundaryFrom((r, c) => kept(r, c), { row, col });
      if (boundary.rows.length > longest.rows.length) longest = boundary;
    }
    if (traced.size === blobs.length) break;
  }
  return polygonMask(longest, { height, width });
};
