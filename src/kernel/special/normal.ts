/** Up to here the power series keeps its digits; beyond it the continued fraction converges quickly. */
const SERIES_UP_TO = 2;

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** Φ(z) − ½ = φ(z) (z + z³/3 + z⁵/15 + …). @see https://dlmf.nist.gov/7.6#E2 */
const centralArea = (z: number): number => {
  let term = z;
  let sum = z;
  for (let odd = 3; ; odd += 2) {
    term *= (z * z) / odd;
    const next = sum + term;
    // Negated, so that NaN ends the loop too.
    if (!(Math.abs(next) > Math.abs(sum))) return density(z) * sum;
    sum = next;
  }
};

/** 1 − Φ(z) = φ(z) / (z + 1/(z + 2/(z + …))) for z > 0, by modified Lentz. @see https://dlmf.nist.gov/7.9 */
const upperTail = (z: number): number => {
  let fraction = z;
  let c = z;
  let d = 0;
  for (let m = 1; ; m++) {
    c = z + m / c;
    d = 1 / (z + m * d);
    fraction *= c * d;
    if (Math.abs(c * d - 1) <= Number.EPSILON) return density(z) / fraction;
  }
};

/** Φ(z); the upper tail is `normalCdf(-z)`, to full precision. */
export const normalCdf = (z: number): number => {
  if (!(Math.abs(z) > SERIES_UP_TO)) return 0.5 + centralArea(z);
  if (Math.abs(z) === Number.POSITIVE_INFINITY) return z > 0 ? 1 : 0;
  return z < 0 ? upperTail(-z) : 1 - upperTail(z);
};

// Wichura's PPND16: numerator and denominator, ascending powers; centre, tail and far tail.
const CENTRE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const;
const TAIL = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const;
const FAR_TAIL = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;

const polynomial = (coefficients: readonly number[], r: number): number => {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * r + coefficients[i];
  return sum;
};

const ratio = ([numerator, denominator]: readonly [readonly number[], readonly number[]], r: number): number =>
  polynomial(numerator, r) / polynomial(denominator, r);

/**
 * The z with Φ(z) = p, to about 1e-16 relative; ±Infinity at p = 1 and 0.
 *
 * @see Wichura (1988), Algorithm AS 241, doi:10.2307/2347330
 */
export const normalQuantile = (p: number): number => {
  if (p <= 0 || p >= 1) return p <= 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  const z = r <= 5 ? ratio(TAIL, r - 1.6) : ratio(FAR_TAIL, r - 5);
  return q < 0 ? -z : z;
};
