import { endianness } from 'node:os';
import { UserError } from '../errors.js';
import { allocate, bytesOfData, swapBytes } from '../numeric-data.js';
import { sizeOf, type Tensor } from '../tensor.js';
import { type ByteSource, partOf, readUpTo } from './byte-source.js';
import type { DatasetArray } from './dataset.js';
import { FortranSlices } from './fortran-slices.js';
import { NPY_PREFIX_BYTES, type NpyHeader, npyHeaderBytes, parseNpyHeader } from './npy-header.js';
import { decodeTexts, UnreadableText } from './npy-text.js';

const NATIVE_ORDER = endianness() === 'LE' ? 'little' : 'big';

/** An array in npy format, read in slices of its first axis. */
export class NpyArray {
  /** What a user may want to know of the file, if anything. */
  readonly notes: readonly string[];
  private readonly fortran: FortranSlices | undefined;

  private constructor(
    private readonly source: ByteSource,
    private readonly where: string,
    readonly header: NpyHeader,
    notes: string[],
    windowBytes: number | undefined,
  ) {
    this.notes = notes;
    const { shape, bytes, dataOffset, dataBytes } = header;
    // An array with one axis longer than 1 lies the same way in both orders.
    if (header.fortranOrder && shape.filter((dim) => dim > 1).length > 1) {
      this.fortran = new FortranSlices(partOf(source, dataOffset, dataBytes), bytes, shape, windowBytes);
    }
  }

  /**
   * Reads the header. Throws UserError, naming `where`, if it is damaged, the file is shorter than the header says,
   * or the array has no samples along its first axis. `windowBytes`: see FortranSlices.
   */
  static async open(source: ByteSource, where: string, windowBytes?: number): Promise<NpyArray> {
    const headerBytes = npyHeaderBytes(await readUpTo(source, 0, NPY_PREFIX_BYTES), where);
    const header = parseNpyHeader(await readUpTo(source, 0, headerBytes), where);
    const { dtype, shape, dataOffset, dataBytes } = header;
    const isText = dtype === 'string';
    const shown = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
    if (shape.length === 0) {
      throw new UserError(
        `${where} holds a single ${isText ? 'text' : 'number'}; axis 0 has to count the samples: x[None]`,
      );
    }
    if (sizeOf(shape) === 0) {
      throw new UserError(`${where} holds no ${isText ? 'text' : 'numbers'}: its shape is ${shown}`);
    }
    const expected = dataOffset + dataBytes;
    if (source.size < expected) {
      throw new UserError(
        `${where} is truncated: expected ${expected} bytes for ${isText ? 'text' : dtype} of shape ${shown}, found ${source.size}; copy or save it again`,
      );
    }
    return new NpyArray(source, where, header, await trailingNote(source, expected, where), windowBytes);
  }

  get samples(): number {
    return this.header.shape[0]!;
  }

  /** Samples within which reading here and there is cheap. */
  get windowSamples(): number {
    return this.fortran?.windowSamples ?? this.samples;
  }

  /** This array as one of a dataset, under a name if it has one. */
  describe(key: string | undefined): DatasetArray {
    return { key, dtype: this.header.dtype, sampleShape: this.header.shape.slice(1) };
  }

  /** Samples start..end-1 in C order and native byte order. */
  async read(start: number, end: number): Promise<Tensor> {
    const { dtype, bytes: itemBytes, shape } = this.header;
    if (!(start >= 0 && start <= end && end <= this.samples)) {
      throw new RangeError(`samples ${start} to ${end} of ${this.samples}`);
    }
    const sliceShape = [end - start, ...shape.slice(1)];
    if (dtype === 'string') return { dtype, shape: sliceShape, data: await this.#texts(start, end) };
    const data = allocate(dtype, sizeOf(sliceShape));
    const bytes = bytesOfData(data);
    await this.#fill(start, end, bytes, dtype.startsWith('complex') ? itemBytes / 2 : itemBytes);
    if (dtype === 'bool') for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
    return { dtype, shape: sliceShape, data };
  }

  async #texts(start: number, end: number): Promise<string[]> {
    const { bytes: itemBytes, encoding = 'utf-8', shape } = this.header;
    const sampleSize = sizeOf(shape.slice(1));
    const bytes = new Uint8Array((end - start) * sampleSize * itemBytes);
    await this.#fill(start, end, bytes, encoding === 'utf-32' ? 4 : 1);
    try {
      return decodeTexts(bytes, itemBytes, encoding);
    } catch (error) {
      if (!(error instanceof UnreadableText)) throw error;
      const sample = start + Math.floor(error.index / sampleSize);
      throw new UserError(`${this.where}: sample ${sample} holds ${error.why}`);
    }
  }

  /** Writes the items of samples start..end-1, which are numbers of `width` bytes, or several of them, in C order and native byte order. */
  async #fill(start: number, end: number, bytes: Uint8Array, width: number): Promise<void> {
    const { bytes: itemBytes, order, dataOffset, shape } = this.header;
    if (this.fortran) await this.fortran.read(start, end, bytes);
    else await this.source.read(bytes, dataOffset + start * (sizeOf(shape.slice(1)) * itemBytes));
    if (order !== NATIVE_ORDER) swapBytes(bytes, width);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

async function trailingNote(source: ByteSource, expected: number, where: string): Promise<string[]> {
  const surplus = source.size - expected;
  if (surplus === 0) return [];
  const [first] = await readUpTo(source, expected, 1);
  // np.save into an open file, twice, makes such files.
  return [
    first === 0x93
      ? `${where}: a further array follows the first one in this file; only the first is read`
      : `${where}: ${surplus} bytes follow the array; they are ignored`,
  ];
}
