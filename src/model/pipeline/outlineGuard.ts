import { type StackFailure, stackFailure } from '../../domain/modelFailure.js';
import type { MaskPixels } from '../../kernel/image/outline/colourMask.js';
import { enclosedRegions } from '../../kernel/image/outline/enclosed.js';
import { sturdyExtents } from '../../kernel/image/outline/extents.js';
import type { Box } from '../../kernel/image/volume.js';
import type { Clip } from '../frames/clip.js';
import type { GuardRule } from './pipeline.js';

/** Mask pixels of an outline too small to have a place; stray pixels come and go. */
const FEW_PIXELS = 40;
/** Share of pixels that may be stray on each side. */
const STRAY = 0.02;
/** A step from frame to frame beyond which the outline jumps, in pixels and as a share of its side. Motion left in
 * registered stacks is a few pixels. */
const JUMP_PIXELS = 8;
const JUMP_SHARE = 0.2;
/** Enclosed regions smaller than this are gaps in a stroke; strokes are up to about six pixels wide. */
const LEAST_REGION = 64;
const STROKE = 8;

/**
 * Watches outlines go by, frame after frame, and objects to what no single vessel looks like: an outline that jumps, or
 * two closed outlines side by side in the first frame.
 */
export const watchOutline = (
  guard: GuardRule,
  clip: Clip,
): ((pixels: MaskPixels, box: Box, frame: number) => StackFailure | undefined) => {
  let before: Box | undefined;
  return (pixels, box, frame) => {
    if (frame === 0 && guard.twoOutlines === 'fail') {
      const regions = enclosedRegions(pixels, box, clip.width, { least: LEAST_REGION, gap: STROKE });
      if (regions.length > 1) {
        return stackFailure('OutlineAmbiguous', clip.stack, `it shows ${regions.length} closed outlines side by side`, {
          frame,
        });
      }
    }
    if (guard.jump === 'accept' || pixels.count < FEW_PIXELS) return undefined;
    const now = sturdyExtents(pixels, clip, STRAY);
    const step = before === undefined || now === undefined ? undefined : stepOf(before, now);
    before = now ?? before;
    return step !== undefined && step.pixels > Math.max(JUMP_PIXELS, JUMP_SHARE * step.side)
      ? stackFailure(
          'OutlineJumps',
          clip.stack,
          `its outline jumps by ${step.pixels} pixels from one frame to the next`,
          { frame },
        )
      : undefined;
  };
};

/** How far a box has moved along the axis it moved most: both edges the same way, so growing at one edge is no move. */
const stepOf = (a: Box, b: Box): { readonly pixels: number; readonly side: number } => {
  const along = (low: number, high: number, side: number) => ({
    pixels: low * high > 0 ? Math.min(Math.abs(low), Math.abs(high)) : 0,
    side,
  });
  const rows = along(b.row0 - a.row0, b.row1 - a.row1, a.row1 - a.row0);
  const cols = along(b.col0 - a.col0, b.col1 - a.col1, a.col1 - a.col0);
  return rows.pixels > cols.pixels ? rows : cols;
};
