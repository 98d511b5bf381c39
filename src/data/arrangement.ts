import { allocate, bytesOfData } from '../numeric-data.js';
import { bytesOf, type Dim, formatShape, sizeOf, type Tensor } from '../tensor.js';
import type { ChannelAxis, DatasetArray, InputSpec } from './dataset.js';
import { fits } from './shape-hints.js';

/** How samples of a dataset are laid out anew for a model. */
export interface Arrangement {
  /** Shape of a sample as the model gets it, without the batch axis. */
  shape: readonly number[];
  /** The channels stand here in the data, and at the other end in the model. */
  moved?: ChannelAxis;
  /** What is done, for the user: a phrase such as `(784,) is taken as (28, 28, 1)`. */
  note?: string;
}

export interface Layouts {
  /** Where the user says that the data's channels stand. */
  data?: ChannelAxis | undefined;
  /** Where the model's channels stand. */
  model?: ChannelAxis | undefined;
}

/**
 * How an array's samples become what an input takes: as they are; with the channels at the other end (images and
 * volumes, or whatever the user says has another layout); with axes of length 1 added or taken away; flat rows as
 * images, and images as flat rows. Undefined if they do not fit in any of these ways. Text has no channels.
 */
export function arrange(
  array: DatasetArray,
  input: InputSpec,
  layouts: Layouts = {},
): Arrangement | undefined {
  return array.dtype === 'string' ? arrangeText(array, input) : arrangeNumbers(array, input, layouts);
}

function arrangeText({ sampleShape }: DatasetArray, { shape }: InputSpec): Arrangement | undefined {
  const wanted = shape?.slice(1);
  if (!wanted || fits(sampleShape, wanted)) return { shape: sampleShape };
  return unitAxes(sampleShape, wanted) ?? flatRows(sampleShape, wanted, {}) ?? flattened(sampleShape, wanted);
}

function arrangeNumbers(array: DatasetArray, input: InputSpec, layouts: Layouts): Arrangement | undefined {
  const { sampleShape } = array;
  const wanted = input.shape?.slice(1);
  const told = array.channels ?? (sampleShape.length >= 2 ? layouts.data : undefined);
  if (told !== undefined && layouts.model !== undefined && told !== layouts.model) {
    const moved = move(sampleShape, told);
    if (!wanted || fits(moved.shape, wanted)) return withoutNote(moved, array);
    // Images that fit just because the user's word is not taken would be garbled in silence.
    if (sampleShape.length >= 3 && sampleShape.length === wanted.length) return undefined;
  }
  if (!wanted || fits(sampleShape, wanted)) return { shape: sampleShape };
  return (
    (told === undefined ? otherLayout(sampleShape, wanted, layouts.model) : undefined) ??
    unitAxes(sampleShape, wanted) ??
    flatRows(sampleShape, wanted, layouts) ??
    flattened(sampleShape, wanted)
  );
}

function withoutNote(moved: Arrangement, { channels }: DatasetArray): Arrangement {
  // What the format tells for certain is no news.
  return channels === undefined ? moved : { shape: moved.shape, moved: channels };
}

/** The shape with its channels, which stand at one end, at the other. */
function move(shape: readonly number[], from: ChannelAxis): Arrangement {
  const [first, ...rest] = shape;
  const to = from === 'first' ? [...rest, first!] : [shape.at(-1)!, ...shape.slice(0, -1)];
  const note = `samples of ${formatShape(shape)} are taken to have their channels ${from}, and become ${formatShape(to)}, as the model takes them`;
  return { shape: to, moved: from, note };
}

function otherLayout(
  shape: readonly number[],
  wanted: readonly Dim[],
  model: ChannelAxis | undefined,
): Arrangement | undefined {
  if (shape.length !== wanted.length || shape.length < 3 || shape.length > 4) return undefined;
  const ways =
    model === 'first'
      ? (['last'] as const)
      : model === 'last'
        ? (['first'] as const)
        : (['first', 'last'] as const);
  return ways.map((from) => move(shape, from)).find((moved) => fits(moved.shape, wanted));
}

/** `(28, 28)` for `(28, 28, 1)`, or the other way round. */
function unitAxes(shape: readonly number[], wanted: readonly Dim[]): Arrangement | undefined {
  const longer = shape.filter((dim) => dim !== 1);
  const places = wanted.filter((dim) => dim !== 1);
  if (!fits(longer, places)) return undefined;
  let next = 0;
  const to = wanted.map((dim) => (dim === 1 ? 1 : longer[next++]!));
  return { shape: to, note: taken(shape, to) };
}

/** `(784,)` for `(28, 28, 1)`: in the model's own layout, unless the user tells another. */
function flatRows(
  shape: readonly number[],
  wanted: readonly Dim[],
  { data, model }: Layouts,
): Arrangement | undefined {
  const to = wanted.filter((dim) => dim !== null);
  if (shape.length !== 1 || to.length !== wanted.length || sizeOf(to) !== shape[0]) return undefined;
  if (data === undefined || model === undefined || data === model || to.length < 2) {
    return { shape: to, note: taken(shape, to) };
  }
  const from = move(to, model).shape;
  return {
    shape: to,
    moved: data,
    note: `samples of ${formatShape(shape)} are taken as ${formatShape(from)}, channels ${data}`,
  };
}

/** `(28, 28)` for `(784,)`. */
function flattened(shape: readonly number[], wanted: readonly Dim[]): Arrangement | undefined {
  if (wanted.length !== 1 || wanted[0] !== sizeOf(shape)) return undefined;
  return { shape: [sizeOf(shape)], note: taken(shape, [sizeOf(shape)]) };
}

function taken(from: readonly number[], to: readonly number[]): string {
  return `samples of ${formatShape(from)} are taken as ${formatShape(to)}`;
}

/** The samples as the arrangement has them; not copied where nothing moves. */
export function arranged(tensor: Tensor, { shape, moved }: Arrangement): Tensor {
  const samples = tensor.shape[0]!;
  const result = { ...tensor, shape: [samples, ...shape] };
  const channels = moved === 'first' ? shape.at(-1)! : shape[0]!;
  const positions = sizeOf(shape) / channels;
  if (moved === undefined || channels === 1 || positions === 1) return result;
  const [rows, columns] = moved === 'first' ? [channels, positions] : [positions, channels];
  return transposed(result, samples, rows, columns);
}

/** Every sample, a matrix of rows x columns, transposed. */
function transposed(tensor: Tensor, samples: number, rows: number, columns: number): Tensor {
  const { dtype, data } = tensor;
  if (dtype === 'string' || Array.isArray(data)) throw new Error('text has no channels');
  const result = allocate(dtype, data.length);
  // Moved as whole numbers of at most 32 bits: a float could lose the bits of a NaN.
  const unit = Math.min(bytesOf(dtype), 4);
  const parts = bytesOf(dtype) / unit;
  const source = unsignedView(bytesOfData(data), unit);
  const target = unsignedView(bytesOfData(result), unit);
  const size = rows * columns;
  for (let sample = 0; sample < samples; sample++) {
    for (let row = 0; row < rows; row++) {
      const from = sample * size + row * columns;
      let to = sample * size + row;
      for (let column = 0; column < columns; column++, to += rows) {
        for (let part = 0; part < parts; part++) {
          target[to * parts + part] = source[(from + column) * parts + part]!;
        }
      }
    }
  }
  return { ...tensor, data: result };
}

function unsignedView(bytes: Uint8Array, unit: number): Uint8Array | Uint16Array | Uint32Array {
  if (unit === 1) return bytes;
  if (unit === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
