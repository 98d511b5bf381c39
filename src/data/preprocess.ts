import { UserError } from '../errors.js';
import type { NumericData, NumericDType } from '../numeric-data.js';
import { formatShape, sizeOf, type Tensor } from '../tensor.js';
import { arranged } from './arrangement.js';
import type { ChannelAxis } from './dataset.js';
import { decodeNumbers } from './decode-numbers.js';
import { encodeNumbers, reinterpretInt64, UnfitValue } from './encode-numbers.js';
import type { Binding } from './match.js';
import { type ChannelLayout, type Normalisation, normalise } from './normalise.js';

/** What is done to the data before the model sees it: x*scale, then (x - mean)/std. */
export interface Preprocessing {
  scale?: number | undefined;
  /** One number, or one a channel. */
  mean?: readonly number[] | undefined;
  std?: readonly number[] | undefined;
  /** Where the channels stand in a sample of the model's own layout. */
  channelAxis: ChannelAxis;
}

/** Samples as the dataset holds them -> as the model takes them. `sampleAt` tells the number of a sample in the dataset, for messages. */
export type Preprocessor = (tensor: Tensor, sampleAt: (place: number) => number) => Tensor;

/**
 * What turns slices of one array into an input's tensors: laid out for it, scaled, converted. The result has the input's element type; a tensor that is as it should be is
 * passed on, not copied, and one of float32 may be overwritten. Of several inputs, only those of floating types are
 * normalised: the others hold indices and masks. Text stays as it is.
 *
 * Throws UserError if `mean` or `std` do not fit the channels; the preprocessor throws one for a value that the
 * input's type cannot hold.
 */
export function preprocessor(
  path: string,
  { array, input, arrangement }: Binding,
  inputs: number,
  options: Preprocessing | undefined,
): Preprocessor {
  const where = array.key === undefined ? path : `${path}: '${array.key}'`;
  const { dtype } = input;
  if (dtype === 'string') return (stored) => arranged(stored, arrangement);
  const applies = inputs === 1 || dtype.includes('float');
  const normalisation = applies ? normalisationOf(options) : undefined;
  const layout = channelLayout(arrangement.shape, options?.channelAxis ?? 'last');
  if (normalisation) checkChannels(where, normalisation, layout, arrangement.shape);
  return (stored, sampleAt) => {
    const tensor = arranged(stored, arrangement);
    try {
      return { dtype, shape: tensor.shape, data: convert(tensor, dtype, normalisation, layout) };
    } catch (error) {
      if (!(error instanceof UnfitValue)) throw error;
      const sample = sampleAt(Math.floor(error.index / Math.max(1, sizeOf(array.sampleShape))));
      const after = normalisation ? ' after scale, mean and std' : '';
      const advice = normalisation
        ? 'leave --scale, --mean and --std out, or give others'
        : 'convert the data, or use --scale, --mean and --std';
      throw new UserError(
        `${where}: sample ${sample} has the value ${error.value}${after}, which is ${error.why}, but the model's input '${input.key}' takes ${dtype}; ${advice}`,
      );
    }
  };
}

function normalisationOf(options: Preprocessing | undefined): Normalisation | undefined {
  const { scale = 1, mean = [0], std = [1] } = options ?? {};
  const neutral = scale === 1 && mean.every((value) => value === 0) && std.every((value) => value === 1);
  return neutral ? undefined : { scale, mean, std };
}

function channelLayout(sampleShape: readonly number[], axis: ChannelAxis): ChannelLayout {
  if (sampleShape.length === 0) return { channels: 1, run: 1 };
  if (axis === 'last') return { channels: sampleShape.at(-1)!, run: 1 };
  return { channels: sampleShape[0]!, run: sizeOf(sampleShape.slice(1)) };
}

function checkChannels(
  where: string,
  { mean, std }: Normalisation,
  { channels }: ChannelLayout,
  sampleShape: readonly number[],
): void {
  for (const [option, { length }] of [
    ['--mean', mean],
    ['--std', std],
  ] as const) {
    if (length === 1 || length === channels) continue;
    throw new UserError(
      `${option} has ${length} numbers, but ${where} has ${channels} channels (a sample is ${formatShape(sampleShape)}); give one number, or one a channel`,
    );
  }
}

function convert(
  tensor: Tensor,
  dtype: NumericDType,
  normalisation: Normalisation | undefined,
  layout: ChannelLayout,
): NumericData {
  const { data } = tensor;
  if (Array.isArray(data)) throw new Error('checked by matchInputs');
  if (!normalisation) {
    if (tensor.dtype === dtype) return data;
    const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
    if (wide && (dtype === 'int64' || dtype === 'uint64')) return reinterpretInt64(data, dtype);
    return encodeNumbers(decodeNumbers(tensor), dtype);
  }
  const numbers = decodeNumbers(tensor);
  const float32 = dtype === 'float32';
  const inPlace = numbers instanceof Float32Array && float32;
  const target = inPlace
    ? numbers
    : float32
      ? new Float32Array(numbers.length)
      : new Float64Array(numbers.length);
  normalise(numbers, target, normalisation, layout);
  return encodeNumbers(target, dtype);
}
