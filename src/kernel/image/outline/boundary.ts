/** The pixels of a closed boundary: one `(row, col)` per step. The first point is not repeated at the end. */
export interface Boundary {
  readonly rows: readonly number[];
  readonly cols: readonly number[];
}

// The eight neighbours clockwise from the one above.
const ROW_STEP = [-1, -1, 0, 1, 1, 1, 0, -1];
const COL_STEP = [0, 1, 1, 1, 0, -1, -1, -1];

/**
 * The outer boundary of one blob. `start` must be the topmost pixel of the blob's leftmost column. Moore-neighbour
 * tracing runs clockwise and stops when it would repeat the first step (Jacob's criterion).
 *
 * @see Gonzalez, Woods & Eddins, Digital Image Processing Using MATLAB, §11.1
 */
export const boundaryFrom = (
  inside: (row: number, col: number) => boolean,
  start: { readonly row: number; readonly col: number },
): Boundary => {
  const rows = [start.row];
  const cols = [start.col];
  let { row, col } = start;
  // The start is in the leftmost column, so its left neighbour is outside: the search begins there.
  let back = 6;
  let firstTurn = -1;
  for (;;) {
    let turn = -1;
    for (let k = 1; k <= 8; k++) {
      const direction = (back + k) % 8;
      if (inside(row + ROW_STEP[direction], col + COL_STEP[direction])) {
        turn = direction;
        break;
      }
    }
    // The blob is a single pixel.
    if (turn < 0) return { rows, cols };
    if (row === start.row && col === start.col) {
      if (firstTurn < 0) firstTurn = turn;
      else if (turn === firstTurn) {
        rows.pop();
        cols.pop();
        return { rows, cols };
      }
    }
    row += ROW_STEP[turn];
    col += COL_STEP[turn];
    rows.push(row);
    cols.push(col);
    // The direction from the new pixel back to the last outside pixel that was tested.
    back = turn % 2 === 0 ? (turn + 6) % 8 : (turn + 5) % 8;
  }
};

/**
 * 1 inside a closed polygon of pixel centres, 0 outside, by the even–odd rule. Half open like MATLAB's `poly2mask`: for
 * a boundary at columns a .. b, columns a + 1 .. b are inside. The same holds for rows.
 */
export const polygonMask = (
  { rows, cols }: Boundary,
  size: { readonly height: number; readonly width: number },
): Uint8Array => {
  const mask = new Uint8Array(size.height * size.width);
  const n = rows.length;
  // In each row it crosses, an edge flips all pixels to its right. A pixel flipped an odd number of times is inside.
  for (let i = 0; i < n; i++) {
    const j = i + 1 === n ? 0 : i + 1;
    if (rows[i] === rows[j]) continue;
    const upper = rows[i] < rows[j] ? i : j;
    const lower = upper === i ? j : i;
    const slope = (cols[lower] - cols[upper]) / (rows[lower] - rows[upper]);
    for (let row = rows[upper] + 1; row <= rows[lower]; row++) {
      const crossing = cols[upper] + (row - rows[upper]) * slope;
      for (let col = Math.floor(crossing) + 1; col < size.width; col++) mask[row * size.width + col] ^= 1;
    }
  }
  return mask;
};
