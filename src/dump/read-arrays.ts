import { endianness } from 'node:os';
import { type ByteSource, readUpTo } from '../data/byte-source.js';
import { decodeNumbers } from '../data/decode-numbers.js';
import { NpyArray } from '../data/npy-array.js';
import { NPY_PREFIX_BYTES, type NpyHeader, npyHeaderBytes, parseNpyHeader } from '../data/npy-header.js';
import { UserError } from '../errors.js';
import { allocate, bytesOfData, swapBytes } from '../numeric-data.js';
import { formatShape, sizeOf } from '../tensor.js';

const NATIVE_ORDER = endianness() === 'LE' ? 'little' : 'big';

export interface Matrix {
  d: number;
  /** d x d, row-major. */
  data: Float64Array;
}

export interface Scalar {
  value: number;
  /** Stored as a whole number's type. */
  integer: boolean;
}

/** Reads the first `bytes` bytes of a file, fewer where it ends. */
export type ReadHead = (bytes: number) => Promise<Uint8Array>;

/** Headers have 128 bytes, with few exceptions. */
const COMMON_HEADER_BYTES = 128;

/** What an npy file's header says. @throws UserError, naming `where`, for none. */
export async function readNpyHeader(head: ReadHead, where: string): Promise<NpyHeader> {
  const start = await head(COMMON_HEADER_BYTES);
  const bytes = npyHeaderBytes(start.subarray(0, NPY_PREFIX_BYTES), where);
  return parseNpyHeader(bytes <= COMMON_HEADER_BYTES ? start : await head(bytes), where);
}

/** @throws UserError, naming `where`, for a file that is shorter than its header says. */
export function checkWhole(
  { dtype, shape, dataOffset, dataBytes }: NpyHeader,
  size: number,
  where: string,
): void {
  const expected = dataOffset + dataBytes;
  if (size < expected)
    throw new UserError(
      `${where} is truncated: expected ${expected} bytes for ${dtype} of shape ${formatShape(shape)}, found ${size}; copy or save it again`,
    );
}

/** The dimension of a square matrix. @throws UserError, naming `where`, for an array of another shape. */
export function dimensionOf({ shape }: Pick<NpyHeader, 'shape'>, where: string): number {
  const [d, columns] = shape;
  if (shape.length !== 2 || d === undefined || d !== columns || d === 0)
    throw new UserError(
      `${where} is no square matrix: its shape is ${formatShape(shape)}, so it holds no covariance`,
    );
  return d;
}

/**
 * A square matrix of real numbers out of an npy file of any version, byte order and memory order.
 * @throws UserError, naming `where`, for anything else, a truncated file included.
 */
export async function readMatrix(source: ByteSource, where: string): Promise<Matrix> {
  const d = dimensionOf(await readNpyHeader((bytes) => readUpTo(source, 0, bytes), where), where);
  try {
    return { d, data: await readNumbers(source, where) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(
      `${where} takes ${((8 * d * d) / 1e9).toFixed(1)} GB of memory, which is not to be had; record the layer with another --conv-method`,
    );
  }
}

/** All numbers of an npy file, in C order. @throws UserError, naming `where`, if they are not real, or not all there. */
export async function readNumbers(source: ByteSource, where: string): Promise<Float64Array> {
  const array = await NpyArray.open(source, where);
  const { dtype } = array.header;
  if (dtype.startsWith('complex')) throw complexNumbers(where);
  if (dtype === 'string') throw new UserError(`${where} holds text, not numbers`);
  const numbers = decodeNumbers(await array.read(0, array.samples));
  return numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
}

/**
 * The number of an npy file that holds one; undefined if it holds several.
 * @throws UserError, naming `where`, if it is not real, or the file is truncated.
 */
export async function readScalar(head: ReadHead, where: string): Promise<Scalar | undefined> {
  const header = await readNpyHeader(head, where);
  const { shape, dtype, order, dataOffset, dataBytes } = header;
  if (sizeOf(shape) !== 1) return undefined;
  if (dtype.startsWith('complex')) throw complexNumbers(where);
  if (dtype === 'string') throw new UserError(`${where} holds text, not a number`);
  const bytes = await head(dataOffset + dataBytes);
  checkWhole(header, bytes.length, where);
  const data = allocate(dtype, 1);
  const item = bytesOfData(data);
  item.set(bytes.subarray(dataOffset, dataOffset + dataBytes));
  if (order !== NATIVE_ORDER) swapBytes(item, item.length);
  return { value: decodeNumbers({ dtype, shape, data })[0]!, integer: /^u?int/.test(dtype) };
}

function complexNumbers(where: string): UserError {
  return new UserError(`${where} holds complex numbers, which no statistic of a covariance is`);
}
