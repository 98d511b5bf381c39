// Eigenvalues of D + w w^T, D diagonal, as the roots of the secular equation 1 + sum_l w_l^2 / (d_l - x) = 0 (Golub, 1973),
// each found by the rational interpolation of Li (LAPACK Working Note 89) within an interval that shrinks around it.

import { get, multiplyAdd, set, sumOfLanes } from './eigen-vectors';

const EPSILON: f64 = 2.220446049250313e-16;
/** Rational steps take 3 to 5; from here on the interval is halved. */
const RATIONAL_STEPS: i32 = 30;
const MOST_STEPS: i32 = 1200;

// What `evaluate` found: the sum over the poles up to the split, that over the rest, and their derivatives.
let below: f64 = 0;
let belowSlope: f64 = 0;
let above: f64 = 0;
let aboveSlope: f64 = 0;

/** The sums at poles[origin] + offset. */
export function evaluate(
  poles: usize,
  weights: usize,
  count: usize,
  split: usize,
  origin: f64,
  offset: f64,
): void {
  sumOfPoles(poles, weights, split, origin, offset);
  below = sum;
  belowSlope = slope;
  sumOfPoles(poles + (split << 3), weights + (split << 3), count - split, origin, offset);
  above = sum;
  aboveSlope = slope;
}

let sum: f64 = 0;
let slope: f64 = 0;

/** Sum of weight / (pole - origin - offset), and its derivative. */
export function sumOfPoles(poles: usize, weights: usize, count: usize, origin: f64, offset: f64): void {
  const origins = f64x2.splat(origin);
  const offsets = f64x2.splat(offset);
  const one = f64x2.splat(1);
  let sums = f64x2.splat(0);
  let slopes = f64x2.splat(0);
  const end = (count & ~1) << 3;
  let k: usize = 0;
  for (; k < end; k += 16) {
    const inverse = f64x2.div(one, f64x2.sub(f64x2.sub(v128.load(poles + k), origins), offsets));
    const term = f64x2.mul(v128.load(weights + k), inverse);
    sums = f64x2.add(sums, term);
    slopes = multiplyAdd(term, inverse, slopes);
  }
  sum = sumOfLanes(sums);
  slope = sumOfLanes(slopes);
  if (count & 1) {
    const inverse = 1 / (load<f64>(poles + k) - origin - offset);
    const term = load<f64>(weights + k) * inverse;
    sum += term;
    slope += term * inverse;
  }
}

/**
 * Root `index` of `count` > 1, between poles `index` and `index` + 1 (or beyond the last). Poles rise, weights w_l^2 are positive. Writes
 * pole_l - root to differences + 32 places[l], without cancellation; returns the root.
 */
export function secularRoot(
  poles: usize,
  weights: usize,
  count: usize,
  index: usize,
  places: usize,
  differences: usize,
): f64 {
  const isLast = index === count - 1;
  // The two poles that the interpolation has; those up to the first are summed apart from the others.
  const left = isLast ? index - 1 : index;
  const split = left + 1;
  let origin = get(poles, index);
  let low: f64 = 0;
  let high: f64;
  let offset: f64;
  if (isLast) {
    high = 0;
    for (let l: usize = 0; l < count; l++) high += get(weights, l);
    offset = high / 2;
  } else {
    const gap = get(poles, index + 1) - origin;
    const half = gap / 2;
    evaluate(poles, weights, count, split, origin, half);
    const value = 1 + below + above;
    const w0 = get(weights, index);
    const w1 = get(weights, index + 1);
    // The other terms as they are in the middle of the interval.
    const rest = value + w0 / half - w1 / half;
    if (value >= 0) {
      high = half;
      const a = rest * gap + w0 + w1;
      const b = w0 * gap;
      const root = Math.sqrt(abs(a * a - 4 * b * rest));
      offset = a > 0 ? (2 * b) / (a + root) : (a - root) / (2 * rest);
    } else {
      origin = get(poles, index + 1);
      low = -half;
      high = 0;
      const a = rest * gap - w0 - w1;
      const b = w1 * gap;
      const root = Math.sqrt(abs(a * a + 4 * b * rest));
      offset = a < 0 ? (2 * b) / (a - root) : -(a + root) / (2 * rest);
    }
  }
  // Also where it is not a number.
  if (!(offset > low && offset < high)) offset = between(low, high);

  for (let step: i32 = 0; step < MOST_STEPS; step++) {
    evaluate(poles, weights, count, split, origin, offset);
    const value = 1 + below + above;
    const slopes = belowSlope + aboveSlope;
    if (abs(value) <= EPSILON * (4 * (1 + above - below + abs(above + below)) + abs(offset) * slopes)) break;
    if (value < 0) low = offset;
    else high = offset;
    let next = Infinity;
    if (step < RATIONAL_STEPS) {
      const d0 = get(poles, left) - origin - offset;
      const d1 = get(poles, left + 1) - origin - offset;
      const c = value - d0 * belowSlope - d1 * aboveSlope;
      const a = (d0 + d1) * value - d0 * d1 * slopes;
      const b = d0 * d1 * value;
      next = offset + (isLast ? outerRoot(a, b, abs(c)) : innerRoot(a, b, c));
    }
    if (!(next > low && next < high)) next = between(low, high);
    if (next === offset || !(next > low && next < high)) break;
    offset = next;
  }
  const shift = f64x2.splat(offset);
  const origins = f64x2.splat(origin);
  for (let l: usize = 0; l < count; l += 2) {
    const pair = f64x2.sub(f64x2.sub(v128.load(poles + (l << 3)), origins), shift);
    store<f64>(differences + ((<usize>load<u32>(places + (l << 2))) << 5), f64x2.extract_lane(pair, 0));
    if (l + 1 < count) {
      store<f64>(differences + ((<usize>load<u32>(places + (l << 2), 4)) << 5), f64x2.extract_lane(pair, 1));
    }
  }
  return origin + offset;
}

/** A point inside: of the same size as the ends where neither is 0, much nearer to it where one is. */
function between(low: f64, high: f64): f64 {
  if (low === 0) return high / 64;
  if (high === 0) return low / 64;
  return low / 2 + high / 2;
}

// The steps x with c x^2 - a x + b = 0.
function innerRoot(a: f64, b: f64, c: f64): f64 {
  const root = Math.sqrt(abs(a * a - 4 * b * c));
  return a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root);
}

function outerRoot(a: f64, b: f64, c: f64): f64 {
  const root = Math.sqrt(abs(a * a - 4 * b * c));
  return a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root);
}

/**
 * For columns `first` to `end` (at most 64) the products over all roots of (pole - root) / (pole - other pole), its own pole left out: minus the square
 * of the component of the w for which the roots are exact (Gu & Eisenstat, 1994), whose eigenvectors are orthogonal
 * however the roots are rounded. `differences` has 4 roots a group, all columns one after another; `own` is the index of a
 * column's pole. `products` has room for 64 pairs.
 */
export function componentsOf(
  differences: usize,
  count: usize,
  poles: usize,
  polesOfColumns: usize,
  own: usize,
  first: usize,
  end: usize,
  components: usize,
  products: usize,
): void {
  const one = f64x2.splat(1);
  for (let column = first; column < end; column++) v128.store(products + ((column - first) << 4), one);
  for (let group: usize = 0; group < count; group += 4) {
    const isWhole = group + 4 <= count;
    const poles0 = v128.load(poles + (group << 3));
    const poles1 = v128.load(poles + (group << 3), 16);
    let product = products;
    for (let column = first; column < end; column++, product += 16) {
      const at = differences + ((group * count + 4 * column) << 3);
      const mine = <usize>load<u32>(own + (column << 2));
      if (isWhole && mine - group >= 4) {
        const pole = v128.load64_splat(polesOfColumns + (column << 3));
        const numerator = f64x2.mul(v128.load(at), v128.load(at, 16));
        const denominator = f64x2.mul(f64x2.sub(pole, poles0), f64x2.sub(pole, poles1));
        v128.store(product, f64x2.mul(v128.load(product), f64x2.div(numerator, denominator)));
        continue;
      }
      const pole = get(polesOfColumns, column);
      let p = load<f64>(product);
      for (let root = group; root < min(group + 4, count); root++) {
        const difference = get(at, root - group);
        p *= root === mine ? difference : difference / (pole - get(poles, root));
      }
      store<f64>(product, p);
    }
  }
  for (let column = first; column < end; column++) {
    const product = products + ((column - first) << 4);
    set(components, column, load<f64>(product) * load<f64>(product, 8));
  }
}

/** A group's differences become 4 unit eigenvectors: component / difference, normalised. */
export function vectorsOfGroup(differences: usize, count: usize, components: usize): void {
  let squares0 = f64x2.splat(0);
  let squares1 = f64x2.splat(0);
  for (let l: usize = 0; l < count; l++) {
    const at = differences + (l << 5);
    const component = v128.load64_splat(components + (l << 3));
    const x0 = f64x2.div(component, v128.load(at));
    const x1 = f64x2.div(component, v128.load(at, 16));
    v128.store(at, x0);
    v128.store(at, x1, 16);
    squares0 = multiplyAdd(x0, x0, squares0);
    squares1 = multiplyAdd(x1, x1, squares1);
  }
  const factor0 = f64x2.div(f64x2.splat(1), f64x2.sqrt(squares0));
  const factor1 = f64x2.div(f64x2.splat(1), f64x2.sqrt(squares1));
  for (let l: usize = 0; l < count; l++) {
    const at = differences + (l << 5);
    v128.store(at, f64x2.mul(v128.load(at), factor0));
    v128.store(at, f64x2.mul(v128.load(at, 16), factor1), 16);
  }
}
