/** Where a closed boundary runs: one `(row, col)` per step, the first point not repeated. */
export interface Boundary {
  readonly rows: readonly number[];
  readonly cols: readonly number[];
}

// The eight neighbours clockwise from the one above.
const ROW_STEP = [-1, -1, 0, 1, 1, 1, 0, -1];
const COL_STEP = [0, 1, 1, 1, 0, -1, -1, -1];

/**
 * The outer boundary of the piece that holds `start`, its topmost pixel of its leftmost column: Moore-neighbour tracing,
 * clockwise, until the first step is about to be repeated (Jacob's criterion).
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
  // Everything to the left of the start is outside, so the search begins there.
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
    // A single pixel has no neighbour.
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
    // The pixel looked at just before the one stepped to, seen from there, is outside.
    back = turn % 2 === 0 ? (turn + 6) % 8 : (turn + 5) % 8;
  }
};

/**
 * 1 inside a closed polygon of pixel centres, 0 outside, by even–odd crossings. Half open like MATLAB's `poly2mask`: a
 * boundary at columns a .. b keeps a + 1 .. b, and rows likewise.
 */
export const polygonMask = (
  { rows, cols }: Boundary,
  size: { readonly height: number; readonly width: number },
): Uint8Array => {
  const mask = new Uint8Array(size.height * size.width);
  const n = rows.length;
  // Each edge crosses the lines between its ends; a pixel right of an odd number of crossings is inside.
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
