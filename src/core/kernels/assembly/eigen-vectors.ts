// Float64 vectors in memory. Numbers of a vector are consecutive; lengths count numbers.

/** c + a b; rounded once where the build has fused multiply-add. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (FUSED) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(c, f64x2.mul(a, b));
}

export function get(vector: usize, index: usize): f64 {
  return load<f64>(vector + (index << 3));
}

export function set(vector: usize, index: usize, value: f64): void {
  store<f64>(vector + (index << 3), value);
}

export function sumOfLanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** x^T y */
export function dot(x: usize, y: usize, length: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const quads = x + ((length & ~3) << 3);
  for (; x < quads; x += 32, y += 32) {
    s0 = multiplyAdd(v128.load(x), v128.load(y), s0);
    s1 = multiplyAdd(v128.load(x, 16), v128.load(y, 16), s1);
  }
  let sum = sumOfLanes(f64x2.add(s0, s1));
  const end = x + ((length & 3) << 3);
  for (; x < end; x += 8, y += 8) sum += load<f64>(x) * load<f64>(y);
  return sum;
}

/** x *= a */
export function scale(a: f64, x: usize, length: usize): void {
  const factor = f64x2.splat(a);
  const pairs = x + ((length & ~1) << 3);
  for (; x < pairs; x += 16) v128.store(x, f64x2.mul(factor, v128.load(x)));
  if (length & 1) store<f64>(x, load<f64>(x) * a);
}
