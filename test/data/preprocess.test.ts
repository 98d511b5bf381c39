import { float16ToFloat32 } from 'npyjs';
import { describe, expect, test } from 'vitest';
import type { InputSpec } from '../../src/data/dataset.js';
import { decodeNumbers } from '../../src/data/decode-numbers.js';
import { bfloat16Bits, float16Bits } from '../../src/data/encode-numbers.js';
import { type Preprocessing, preprocessor } from '../../src/data/preprocess.js';
import { openDataset } from '../../src/data/registry.js';
import { UserError } from '../../src/errors.js';
import type { DType, Tensor, TensorData } from '../../src/tensor.js';
import { fixture } from './fixture-files.js';

async function arraysOf(name: string): Promise<Map<string, Tensor>> {
  const dataset = await openDataset(fixture(name));
  const tensors = await dataset.read(0, dataset.samples);
  await dataset.close();
  return new Map(dataset.arrays.map((array, i) => [array.key ?? '', tensors[i]!]));
}

function convert(tensor: Tensor, dtype: DType, options?: Preprocessing, start = 0, inputs = 1): Tensor {
  const input: InputSpec = { key: 'in', dtype, shape: undefined };
  const array = { key: undefined, dtype: tensor.dtype, sampleShape: tensor.shape.slice(1) };
  const binding = { input, array, index: 0, arrangement: { shape: array.sampleShape } };
  return preprocessor('x.npy', binding, inputs, options)(tensor, (place) => start + place);
}

function vector(dtype: DType, data: TensorData): Tensor {
  return { dtype, shape: [data.length], data };
}

/** Largest difference, both taken as float64. */
function difference(a: Tensor, b: Tensor): number {
  const [x, y] = [decodeNumbers(a), decodeNumbers(b)];
  if (x.length !== y.length) throw new Error('lengths differ');
  let largest = 0;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]! - y[i]!));
  return largest;
}

const normalised = await arraysOf('normalised.npz');
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

describe('x*scale, then (x - mean)/std, as NumPy computes it', () => {
  test.each([
    ['photo', 'last', { scale: 1 / 255, ...imagenet, channelAxis: 'last' }],
    ['photo_first', 'first', { scale: 1 / 255, ...imagenet, channelAxis: 'first' }],
    ['photo', 'one', { scale: 1 / 255, mean: [0.5], std: [0.25], channelAxis: 'last' }],
    ['photo', 'scaled', { scale: 1 / 255, channelAxis: 'first' }],
  ] satisfies [string, string, Preprocessing][])('%s -> %s', (from, to, options) => {
    const photo = normalised.get(from)!;
    const expected = normalised.get(to)!;
    const double = convert(photo, 'float64', options);
    expect(double).toMatchObject({ dtype: 'float64', shape: expected.shape });
    expect(difference(double, expected)).toBe(0);
    const single = convert(photo, 'float32', options);
    expect(single.data).toEqual(new Float32Array(decodeNumbers(expected)));
    const fromFloat = vector('float32', new Float32Array(decodeNumbers(photo)));
    expect(convert({ ...fromFloat, shape: photo.shape }, 'float32', options).data).toEqual(single.data);
    expect(difference(convert(photo, 'float16', options), expected)).toBeLessThanOrEqual(2 ** -10);
  });

  test('a number of means that is not that of the channels', () => {
    const photo = normalised.get('photo')!;
    expect(() => convert(photo, 'float32', { mean: [1, 2], channelAxis: 'last' })).toThrow(
      /--mean has 2 numbers, but x\.npy has 3 channels \(a sample is \(5, 4, 3\)\)/,
    );
    expect(() => convert(photo, 'float32', { std: [1, 2, 3], channelAxis: 'first' })).toThrow(
      /--std has 3 .* 5 channels/,
    );
  });

  test('of several inputs only the floating ones', () => {
    const ids = vector('int32', Int32Array.of(1, 2));
    const options: Preprocessing = { scale: 0.5, channelAxis: 'last' };
    expect(convert(ids, 'int32', options, 0, 2).data).toEqual(ids.data);
    expect(convert(ids, 'float32', options, 0, 2).data).toEqual(Float32Array.of(0.5, 1));
    expect(() => convert(ids, 'int32', options)).toThrow(
      /sample 0 has the value 0\.5 after scale, mean and std/,
    );
  });
});

test('a value that does not fit because of the scale', () => {
  const scaled: Preprocessing = { scale: 1 / 255, channelAxis: 'last' };
  expect(() => convert(vector('uint8', Uint8Array.of(0, 7)), 'uint8', scaled)).toThrow(
    /after scale, mean and std, .*; leave --scale, --mean and --std out, or give others$/,
  );
});

describe('16-bit floats', () => {
  test('every float16 and bfloat16 comes back as it was', () => {
    const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
    const brain = decodeNumbers(vector('bfloat16', bits));
    const half = decodeNumbers(vector('float16', bits));
    const wrong = [...bits].filter(
      (i) =>
        !Object.is(half[i], float16ToFloat32(i)) ||
        !(Number.isNaN(half[i]) || float16Bits(half[i]!) === i) ||
        !(Number.isNaN(brain[i]) || bfloat16Bits(brain[i]!) === i),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    ['float16', 0x7c00],
    ['bfloat16', 0x7f80],
  ] as const)(
    'rounding to %s is that of NumPy and ml_dtypes: ties, subnormals, NaN',
    async (dtype, infinity) => {
      const golden = await arraysOf(`${dtype}.npz`);
      const [ours, theirs] = [convert(golden.get('wide')!, dtype).data, golden.get('bits')!.data];
      if (!(ours instanceof Uint16Array && theirs instanceof Uint16Array)) throw new Error('bits expected');
      // Every NaN is as good as another.
      const comparable = (bits: Uint16Array) => bits.map((b) => ((b & 0x7fff) > infinity ? infinity + 1 : b));
      expect(comparable(ours)).toEqual(comparable(theirs));
      expect(ours.length).toBeGreaterThan(250);
    },
  );
});

describe('casts', () => {
  test('a tensor that is as the model wants it is passed on', () => {
    const tensor = vector('float32', Float32Array.of(1, Number.NaN));
    expect(convert(tensor, 'float32').data).toBe(tensor.data);
    const neutral: Preprocessing = { scale: 1, mean: [0], std: [1], channelAxis: 'last' };
    expect(convert(tensor, 'float32', neutral).data).toBe(tensor.data);
  });

  test.each([
    ['uint8', Uint8Array.of(0, 255), 'float32', Float32Array.of(0, 255)],
    ['bool', Uint8Array.of(0, 1), 'float32', Float32Array.of(0, 1)],
    ['int64', BigInt64Array.of(-3n, 2n ** 40n), 'float64', Float64Array.of(-3, 2 ** 40)],
    ['uint64', BigUint64Array.of(2n ** 64n - 1n), 'float64', Float64Array.of(2 ** 64)],
    ['int64', BigInt64Array.of(-(2n ** 31n), 7n), 'int32', Int32Array.of(-(2 ** 31), 7)],
    ['int64', BigInt64Array.of(2n ** 60n + 1n), 'uint64', BigUint64Array.of(2n ** 60n + 1n)],
    ['int32', Int32Array.of(-1, 7), 'int64', BigInt64Array.of(-1n, 7n)],
    ['float32', Float32Array.of(3, -0), 'int64', BigInt64Array.of(3n, 0n)],
    ['float64', Float64Array.of(0, 1), 'bool', Uint8Array.of(0, 1)],
    [
      'float64',
      Float64Array.of(0.1, Number.POSITIVE_INFINITY),
      'float32',
      Float32Array.of(0.1, Number.POSITIVE_INFINITY),
    ],
    ['float16', Uint16Array.of(0x3c00, 0xc000), 'float32', Float32Array.of(1, -2)],
    ['bfloat16', Uint16Array.of(0x3f80, 0xc000), 'int8', Int8Array.of(1, -2)],
  ] satisfies [DType, TensorData, DType, TensorData][])('%s %o -> %s', (from, data, to, expected) => {
    expect(convert(vector(from, data), to)).toEqual({ dtype: to, shape: [data.length], data: expected });
  });

  test.each([
    [
      'float32',
      Float32Array.of(1, 0.5),
      'int64',
      /sample 101 has the value 0\.5, which is not a whole number, .*'in' takes int64/,
    ],
    ['float32', Float32Array.of(Number.NaN), 'int32', /sample 100 has the value NaN/],
    ['float32', Float32Array.of(0, 256), 'uint8', /value 256, which is out of the range of uint8/],
    ['int64', BigInt64Array.of(2n ** 31n), 'int32', /value 2147483648, which is out of the range of int32/],
    ['int64', BigInt64Array.of(-1n), 'uint64', /value -1, which is out of the range of uint64/],
    ['uint64', BigUint64Array.of(2n ** 63n), 'int64', /out of the range of int64/],
    ['float64', Float64Array.of(2 ** 63), 'int64', /out of the range of int64/],
    ['uint8', Uint8Array.of(0, 2), 'bool', /value 2, which is neither 0 nor 1/],
    ['float64', Float64Array.of(1e300), 'float32', /too large for float32/],
    ['float32', Float32Array.of(65520), 'float16', /too large for float16/],
  ] satisfies [DType, TensorData, DType, RegExp][])('%s %o -> %s is refused', (from, data, to, message) => {
    expect(() => convert(vector(from, data), to, undefined, 100)).toThrow(UserError);
    expect(() => convert(vector(from, data), to, undefined, 100)).toThrow(message);
  });
});
