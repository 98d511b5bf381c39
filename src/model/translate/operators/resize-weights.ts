/** A function of the distance between a sample and a source pixel's centre, and how far it reaches. */
interface ResamplingKernel {
  radius: number;
  at(x: number): number;
}

function lanczos(radius: number): ResamplingKernel {
  return {
    radius,
    at: (x) => {
      if (x > radius) return 0;
      if (x <= 1e-3) return 1;
      return (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * x) ** 2;
    },
  };
}

/** The kernels of TensorFlow's ScaleAndTranslate, by its names for them. */
export const RESAMPLING_KERNELS: ReadonlyMap<string, ResamplingKernel> = new Map([
  ['lanczos1', lanczos(1)],
  ['lanczos3', lanczos(3)],
  ['lanczos5', lanczos(5)],
  ['gaussian', { radius: 1.5, at: (x) => (x >= 1.5 ? 0 : Math.exp((-x * x) / (2 * 0.5 ** 2))) }],
  ['box', { radius: 1, at: (x) => (x < 0.5 ? 1 : x === 0.5 ? 0.5 : 0) }],
  ['triangle', { radius: 1, at: (x) => (x < 1 ? 1 - x : 0) }],
  [
    'keyscubic',
    {
      radius: 2,
      at: (x) => {
        if (x >= 2) return 0;
        return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
      },
    },
  ],
  [
    'mitchellcubic',
    {
      radius: 2,
      at: (x) => {
        if (x >= 2) return 0;
        return x >= 1
          ? ((-7 / 18) * x + 2) * x * x - (10 / 3) * x + 16 / 9
          : ((7 / 6) * x - 2) * x * x + 8 / 9;
      },
    },
  ],
]);

/**
 * What each of `input` pixels counts in each of `size` samples (rows), after scaling and moving: the kernel about the sample's
 * place, widened by the scale where that shrinks and `antialias` is set, normalised to 1. Samples outside are 0.
 */
export function resamplingWeights(
  size: number,
  input: number,
  scale: number,
  translation: number,
  kernel: ResamplingKernel,
  antialias: boolean,
): Float32Array {
  const weights = new Float32Array(size * input);
  // In single precision, as TensorFlow: a pixel right at the kernel's edge counts or does not.
  const inverse = Math.fround(1 / scale);
  const moved = Math.fround(-inverse * translation);
  const width = antialias ? Math.max(inverse, 1) : 1;
  const narrowing = Math.fround(1 / width);
  const reach = kernel.radius * width;
  for (let x = 0; x < size; x++) {
    const place = Math.fround(Math.fround((x + 0.5) * inverse) + moved);
    if (place < 0 || place > input) continue;
    const first = bounded(Math.ceil(place - reach - 0.5), input);
    const last = bounded(Math.floor(place + reach - 0.5), input);
    const row = Array.from({ length: last - first + 1 }, (_, i) =>
      kernel.at(Math.fround(Math.abs(Math.fround(first + i + 0.5 - place)) * narrowing)),
    );
    const total = row.reduce((sum, weight) => sum + weight, 0);
    for (const [i, weight] of row.entries()) weights[x * input + first + i] = weight / (total || 1);
  }
  return weights;
}

/** Each sample as the mean over the stretch of the input that it covers (ResizeArea). */
export function areaWeights(size: number, input: number, alignCorners: boolean): Float32Array {
  const weights = new Float32Array(size * input);
  const scale = scaleOf(size, input, alignCorners);
  for (let x = 0; x < size; x++) {
    const [start, end] = [x * scale, (x + 1) * scale];
    for (let i = Math.floor(start); i < Math.ceil(end); i++) {
      const covered = Math.min(i + 1, end) - Math.max(i, start);
      weights[x * input + bounded(i, input)]! += covered / scale;
    }
  }
  return weights;
}

const TABLE = 1024;

/**
 * The four pixels about each sample by the cubic kernel, read from a table of 1024 steps as TensorFlow does. With half-pixel
 * centres it is Keys' kernel, normalised over the pixels that exist; without, the border's pixels count again.
 */
export function cubicWeights(
  size: number,
  input: number,
  alignCorners: boolean,
  halfPixel: boolean,
): Float32Array {
  const a = halfPixel ? -0.5 : -0.75;
  const near = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  const weights = new Float32Array(size * input);
  const scale = scaleOf(size, input, alignCorners);
  for (let x = 0; x < size; x++) {
    const place = Math.fround(halfPixel ? Math.fround((x + 0.5) * scale) - 0.5 : x * scale);
    const start = Math.floor(place);
    const step = roundHalfToEven(Math.fround(place - start) * TABLE) / TABLE;
    const row = [far(step + 1), near(step), near(1 - step), far(2 - step)];
    const counted = row.map((weight, i) => {
      const at = start - 1 + i;
      return halfPixel && (at < 0 || at >= input) ? 0 : weight;
    });
    const total = halfPixel ? counted.reduce((sum, weight) => sum + weight, 0) : 1;
    for (const [i, weight] of counted.entries()) {
      weights[x * input + bounded(start - 1 + i, input)]! += weight / total;
    }
  }
  return weights;
}

function scaleOf(size: number, input: number, alignCorners: boolean): number {
  return Math.fround(alignCorners && size > 1 ? (input - 1) / (size - 1) : input / size);
}

function bounded(index: number, size: number): number {
  return Math.min(size - 1, Math.max(0, index));
}

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
