import { type Path, STEP } from './path.js';

/** A part of the picture, in pixels of the whole frame; may reach beyond it. */
export interface Area {
  readonly col0: number;
  readonly row0: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels of an area near a path; entry i is about pixel `at[i]`, which is `row * width + col` of the area. */
export interface Near {
  readonly at: Int32Array;
  /** To the centre line, in pixels. */
  readonly distance: Float32Array;
  /** Along the centre line from its first point, in pixels. */
  readonly along: Float32Array;
  /** Frame in which the nearest point of the centre line is in focus. */
  readonly depth: Float32Array;
}

/** Every pixel of the area within `reach` of the path, with the nearest point of the path. */
export const pixelsNear = (path: Path, reach: number, area: Area): Near => {
  const { x, y, z } = path;
  const col0 = Math.max(0, Math.floor(least(x) - reach) - area.col0);
  const row0 = Math.max(0, Math.floor(least(y) - reach) - area.row0);
  const width = Math.min(area.width, Math.ceil(most(x) + reach) - area.col0 + 1) - col0;
  const height = Math.min(area.height, Math.ceil(most(y) + reach) - area.row0 + 1) - row0;
  if (width <= 0 || height <= 0) return NOTHING;
  const best = new Float32Array(width * height).fill(reach * reach);
  const along = new Float32Array(width * height);
  const left = area.col0 + col0;
  const top = area.row0 + row0;
  let found = 0;
  // Piece by piece, so that the work grows with the length of a vessel and not with its bounding box.
  for (let i = 0; i + 1 < x.length; i++) {
    const dx = x[i + 1] - x[i];
    const dy = y[i + 1] - y[i];
    const perLength = 1 / (dx * dx + dy * dy);
    const fromCol = Math.max(0, Math.ceil(Math.min(x[i], x[i + 1]) - reach) - left);
    const toCol = Math.min(width - 1, Math.floor(Math.max(x[i], x[i + 1]) + reach) - left);
    const fromRow = Math.max(0, Math.ceil(Math.min(y[i], y[i + 1]) - reach) - top);
    const toRow = Math.min(height - 1, Math.floor(Math.max(y[i], y[i + 1]) + reach) - top);
    for (let row = fromRow; row <= toRow; row++) {
      const py = row + top - y[i];
      for (let col = fromCol; col <= toCol; col++) {
        const px = col + left - x[i];
        const share = Math.min(1, Math.max(0, (px * dx + py * dy) * perLength));
        const ex = px - share * dx;
        const ey = py - share * dy;
        const squared = ex * ex + ey * ey;
        const at = row * width + col;
        if (squared >= best[at]) continue;
        if (best[at] === Math.fround(reach * reach)) found++;
        best[at] = squared;
        along[at] = (i + share) * STEP;
      }
    }
  }
  const near = {
    at: new Int32Array(found),
    distance: new Float32Array(found),
    along: new Float32Array(found),
    depth: new Float32Array(found),
  };
  const unseen = Math.fround(reach * reach);
  for (let at = 0, k = 0; at < best.length; at++) {
    if (best[at] >= unseen) continue;
    const point = along[at] / STEP;
    const i = Math.min(z.length - 2, Math.floor(point));
    near.at[k] = (Math.floor(at / width) + row0) * area.width + (at % width) + col0;
    near.distance[k] = Math.sqrt(best[at]);
    near.along[k] = along[at];
    near.depth[k] = z[i] + (point - i) * (z[i + 1] - z[i]);
    k++;
  }
  return near;
};

export const least = (values: Float64Array): number => values.reduce((a, b) => Math.min(a, b));
export const most = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b));

const NOTHING: Near = {
  at: new Int32Array(0),
  distance: new Float32Array(0),
  along: new Float32Array(0),
  depth: new Float32Array(0),
};
