import { darknessAt } from './blood.js';
import { type Area, type Near, pixelsNear } from './nearest.js';
import { FOCUS_REACH, type Scene, type Vessel } from './scene.js';

/** Focal depth as a standard deviation in frames, for the fine middle of a vessel. */
const FOCUS_SD = 3.2;
const PER_FRAME = 16;
/** exp(−z² / 2σ²) by |z| in sixteenths of a frame. */
const FOCUS = Float32Array.from({ length: FOCUS_REACH * PER_FRAME + 1 }, (_, i) =>
  Math.exp(-((i / PER_FRAME / FOCUS_SD) ** 2) / 2),
);

/** A vessel as pixels of an area: what does not change from frame to frame. */
interface Tube {
  readonly near: Near;
  /** Grey level of each pixel in focus, plasma only. */
  readonly bright: Float32Array;
  readonly vessel: Vessel;
  readonly first: number;
  readonly last: number;
}

const tubeOf = (vessel: Vessel, area: Area): Tube => {
  const near = pixelsNear(vessel.path, vessel.radius + 1.5, area);
  const bright = near.distance.map((distance) => {
    const inside = Math.min(1, Math.max(0, (vessel.radius + 1.2 - distance) / 2.4));
    return vessel.brightness * inside * inside * (3 - 2 * inside);
  });
  const first = near.depth.reduce((a, b) => Math.min(a, b), Infinity) - FOCUS_REACH;
  const last = near.depth.reduce((a, b) => Math.max(a, b), -Infinity) + FOCUS_REACH;
  return { near, bright, vessel, first, last };
};

/** Adds the vessels of one frame to a picture of the area. */
export const tubeAdder = (scene: Scene, area: Area): ((out: Float32Array, f: number) => void) => {
  const tubes = scene.vessels.map((vessel) => tubeOf(vessel, area)).filter((tube) => tube.near.at.length > 0);
  return (out, f) => {
    for (const { near, bright, vessel, first, last } of tubes) {
      if (f < first || f > last) continue;
      const { at, along, depth } = near;
      const { flow, contrast } = vessel;
      for (let i = 0; i < at.length; i++) {
        const away = Math.abs(f - depth[i]);
        if (away >= FOCUS_REACH) continue;
        const dark = contrast * darknessAt(flow, along[i], f);
        out[at[i]] += bright[i] * FOCUS[(away * PER_FRAME) | 0] * (1 - dark);
      }
    }
  };
};
