// Scatter of a block of points, one tile of the matrix at a time, in float64. AssemblyScript; `npm run kernels` compiles it.
//
// Points are packed into panels: slivers of 4 features, each holding 4 numbers a point, so that the product of two
// slivers reads memory in order. A 4 x 4 tile of sums stays in registers: 8 of them, with 2 + 1 for the operands, are
// what V8 keeps without spilling on x86-64. For the same reason the loop over points is not unrolled.

/** Points in a panel at most. */
const PANEL_POINTS: usize = 128;
/** Bytes from a sliver to the next: a cache line more than its contents, so that slivers do not share cache sets. */
const SLIVER_BYTES: usize = PANEL_POINTS * 32 + 64;

export function panelPoints(): usize {
  return PANEL_POINTS;
}

export function sliverBytes(): usize {
  return SLIVER_BYTES;
}

function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (FUSED) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(c, f64x2.mul(a, b));
}

/**
 * C += A^T B for slivers of `count` points and a 4 x 4 part of a tile whose rows are `rowBytes` apart.
 * The sums start at zero and not at C: a sum of partial sums keeps more digits than one long sum.
 */
export function multiplySlivers(a: usize, b: usize, count: usize, c: usize, rowBytes: usize): void {
  const c1 = c + rowBytes;
  const c2 = c1 + rowBytes;
  const c3 = c2 + rowBytes;
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  const end = a + (count << 5);
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    s00 = multiplyAdd(a0, b0, s00);
    s01 = multiplyAdd(a0, b1, s01);
    const a1 = v128.load64_splat(a, 8);
    s10 = multiplyAdd(a1, b0, s10);
    s11 = multiplyAdd(a1, b1, s11);
    const a2 = v128.load64_splat(a, 16);
    s20 = multiplyAdd(a2, b0, s20);
    s21 = multiplyAdd(a2, b1, s21);
    const a3 = v128.load64_splat(a, 24);
    s30 = multiplyAdd(a3, b0, s30);
    s31 = multiplyAdd(a3, b1, s31);
    a += 32;
    b += 32;
  }
  v128.store(c, f64x2.add(v128.load(c), s00));
  v128.store(c, f64x2.add(v128.load(c, 16), s01), 16);
  v128.store(c1, f64x2.add(v128.load(c1), s10));
  v128.store(c1, f64x2.add(v128.load(c1, 16), s11), 16);
  v128.store(c2, f64x2.add(v128.load(c2), s20));
  v128.store(c2, f64x2.add(v128.load(c2, 16), s21), 16);
  v128.store(c3, f64x2.add(v128.load(c3), s30));
  v128.store(c3, f64x2.add(v128.load(c3, 16), s31), 16);
}

/**
 * C += A^T B for panels of `rows` and `columns` slivers; `c` has rows of `rowBytes`. On the diagonal of the scatter
 * matrix, where A is B, only slivers on and above the diagonal are multiplied.
 */
export function multiplyPanels(
  a: usize,
  b: usize,
  count: usize,
  c: usize,
  rowBytes: usize,
  rows: usize,
  columns: usize,
  diagonal: bool,
): void {
  for (let j: usize = 0; j < columns; j++) {
    const end = diagonal ? j + 1 : rows;
    for (let i: usize = 0; i < end; i++) {
      multiplySlivers(
        a + i * SLIVER_BYTES,
        b + j * SLIVER_BYTES,
        count,
        c + i * 4 * rowBytes + j * 32,
        rowBytes,
      );
    }
  }
}

/** Two consecutive numbers of type T as float64. */
function loadPair<T>(address: usize): v128 {
  if (sizeof<T>() === 4) return f64x2.promote_low_f32x4(v128.load64_zero(address));
  return v128.load(address);
}

/** Packs one point's 4 features, less the shift, and adds them to their sums. */
function packFour<T>(source: usize, panel: usize, shift: usize, sums: usize): void {
  const x0 = f64x2.sub(loadPair<T>(source), v128.load(shift));
  const x1 = f64x2.sub(loadPair<T>(source + 2 * sizeof<T>()), v128.load(shift, 16));
  v128.store(panel, x0);
  v128.store(panel, x1, 16);
  v128.store(sums, f64x2.add(v128.load(sums), x0));
  v128.store(sums, f64x2.add(v128.load(sums, 16), x1), 16);
}

/** Packs one number of a point. */
function packOne<T>(source: usize, panel: usize, shift: usize, sums: usize): void {
  const x = <f64>load<T>(source) - load<f64>(shift);
  store<f64>(panel, x);
  store<f64>(sums, load<f64>(sums) + x);
}

/** Packs `features` < 4 features of points that are `pointBytes` apart, their features `featureBytes`; the rest is zero. */
function packNarrow<T>(
  source: usize,
  pointBytes: usize,
  featureBytes: usize,
  count: usize,
  features: usize,
  panel: usize,
  shift: usize,
  sums: usize,
): void {
  for (let k: usize = 0; k < count; k++) {
    for (let f: usize = 0; f < 4; f++) {
      if (f < features) packOne<T>(source + f * featureBytes, panel + f * 8, shift + f * 8, sums + f * 8);
      else store<f64>(panel + f * 8, 0);
    }
    source += pointBytes;
    panel += 32;
  }
}

/** Four points at a time through all slivers: rows are read in order, and whole cache lines of a panel written. */
function packRows<T>(
  source: usize,
  pointBytes: usize,
  count: usize,
  features: usize,
  panel: usize,
  shift: usize,
  sums: usize,
): void {
  const slivers = features >> 2;
  for (let k: usize = 0; k < count; k += 4) {
    const rows = min<usize>(4, count - k);
    for (let s: usize = 0; s < slivers; s++) {
      let from = source + k * pointBytes + s * 4 * sizeof<T>();
      let to = panel + s * SLIVER_BYTES + k * 32;
      for (let row: usize = 0; row < rows; row++) {
        packFour<T>(from, to, shift + s * 32, sums + s * 32);
        from += pointBytes;
        to += 32;
      }
    }
  }
  const done = slivers * 4;
  if (done === features) return;
  packNarrow<T>(
    source + done * sizeof<T>(),
    pointBytes,
    sizeof<T>(),
    count,
    features - done,
    panel + slivers * SLIVER_BYTES,
    shift + done * 8,
    sums + done * 8,
  );
}

/** Packs 4 features whose points are consecutive in memory: a transposition. */
function packChannelSliver<T>(
  source: usize,
  featureBytes: usize,
  count: usize,
  panel: usize,
  shift: usize,
  sums: usize,
): void {
  const shift0 = v128.load(shift);
  const shift1 = v128.load(shift, 16);
  let sum0 = v128.load(sums);
  let sum1 = v128.load(sums, 16);
  const source1 = source + featureBytes;
  const source2 = source1 + featureBytes;
  const source3 = source2 + featureBytes;
  const pairs = (count >> 1) * 2 * sizeof<T>();
  for (let at: usize = 0; at < pairs; at += 2 * sizeof<T>()) {
    const x = loadPair<T>(source + at);
    const y = loadPair<T>(source1 + at);
    const z = loadPair<T>(source2 + at);
    const w = loadPair<T>(source3 + at);
    const first0 = f64x2.sub(v128.shuffle<f64>(x, y, 0, 2), shift0);
    const first1 = f64x2.sub(v128.shuffle<f64>(z, w, 0, 2), shift1);
    const second0 = f64x2.sub(v128.shuffle<f64>(x, y, 1, 3), shift0);
    const second1 = f64x2.sub(v128.shuffle<f64>(z, w, 1, 3), shift1);
    v128.store(panel, first0);
    v128.store(panel, first1, 16);
    v128.store(panel, second0, 32);
    v128.store(panel, second1, 48);
    sum0 = f64x2.add(sum0, f64x2.add(first0, second0));
    sum1 = f64x2.add(sum1, f64x2.add(first1, second1));
    panel += 64;
  }
  v128.store(sums, sum0);
  v128.store(sums, sum1, 16);
  if (count & 1) {
    for (let f: usize = 0; f < 4; f++)
      packOne<T>(source + pairs + f * featureBytes, panel + f * 8, shift + f * 8, sums + f * 8);
  }
}

function packChannels<T>(
  source: usize,
  featureBytes: usize,
  count: usize,
  features: usize,
  panel: usize,
  shift: usize,
  sums: usize,
): void {
  let f: usize = 0;
  for (; f + 4 <= features; f += 4) {
    packChannelSliver<T>(source, featureBytes, count, panel, shift + f * 8, sums + f * 8);
    source += 4 * featureBytes;
    panel += SLIVER_BYTES;
  }
  if (f === features) return;
  packNarrow<T>(source, sizeof<T>(), featureBytes, count, features - f, panel, shift + f * 8, sums + f * 8);
}

// What follows packs `count` points into a panel that starts at `panel`, less the float64 `shift` of each feature, and adds
// the shifted numbers to `sums`. In rows, points are `stride` bytes apart; in channels, features are.

export function packRows32(
  source: usize,
  stride: usize,
  count: usize,
  features: usize,
  panel: usize,
  shift: usize,
  sums: usize,
): void {
  packRows<f32>(source, stride, count, features, panel, shift, sums);
}

export function packRows64(
  source: usize,
  stride: usize,
  count: usize,
  features: usize,
  panel: usize,
  shift: usize,
  sums: usize,
): void {
  packRows<f64>(source, stride, count, features, panel, shift, sums);
}

export function packChannels32(
  source: usize,
  stride: usize,
  count: usize,
  features: usize,
  panel: usize,
  shift: usize,
  sums: usize,
): void {
  packChannels<f32>(source, stride, count, features, panel, shift, sums);
}

export function packChannels64(
  source: usize,
  stride: usize,
  count: usize,
  features: usize,
  panel: usize,
  shift: usize,
  sums: usize,
): void {
  packChannels<f64>(source, stride, count, features, panel, shift, sums);
}

/** C -= weight * a b^T for a tile of `rows` x `columns` (a multiple of 2). */
export function subtractOuter(
  c: usize,
  rowBytes: usize,
  rows: usize,
  columns: usize,
  weight: f64,
  a: usize,
  b: usize,
): void {
  for (let i: usize = 0; i < rows; i++) {
    const factor = f64x2.splat(weight * load<f64>(a + i * 8));
    for (let j: usize = 0; j < columns * 8; j += 16) {
      const at = c + i * rowBytes + j;
      v128.store(at, f64x2.sub(v128.load(at), f64x2.mul(factor, v128.load(b + j))));
    }
  }
}
