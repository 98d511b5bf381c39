import { UserError } from '../errors.js';
import { sizeOf } from '../tensor.js';
import { type ItemFormat, parseDescr } from './npy-dtype.js';
import { LiteralError, type PythonLiteral, parsePythonLiteral } from './python-literal.js';

/** What the header of an npy file says (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
export interface NpyHeader extends ItemFormat {
  version: 1 | 2 | 3;
  fortranOrder: boolean;
  /** Empty for a 0-d array. */
  shape: readonly number[];
  /** Where the items begin, in bytes from the start of the file. */
  dataOffset: number;
  /** Bytes of all items. */
  dataBytes: number;
}

/** So many bytes of a file tell how long its header is. */
export const NPY_PREFIX_BYTES = 12;

/** The longest header that is read: real ones are 128 bytes, only structured types (refused) have long ones. */
const LONGEST_HEADER = 1 << 20;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Bytes of the whole header (which is where the items begin), from the first NPY_PREFIX_BYTES of a file.
 * Throws UserError, naming `where`, if this is no npy file or one of an unknown version.
 */
export function npyHeaderBytes(prefix: Uint8Array, where: string): number {
  if (!MAGIC.every((byte, i) => prefix[i] === byte))
    throw new UserError(`${where}: ${describeForeign(prefix)}`);
  if (prefix.length < NPY_PREFIX_BYTES) throw new UserError(`${where}: the file ends within its header`);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) {
    throw new UserError(
      `${where}: npy format version ${version} is not known (1, 2 and 3 are); save it again with np.save`,
    );
  }
  const bytes = version === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (bytes > LONGEST_HEADER) {
    throw new UserError(
      `${where}: the header claims ${bytes} bytes, so it is damaged or holds a structured type; save it again with np.save`,
    );
  }
  return bytes;
}

/**
 * Parses an npy header, versions 1 to 3, from the first bytes of a file (at least `npyHeaderBytes` of them).
 * Throws UserError, naming `where`, for a damaged header and for items that are neither numbers nor text.
 */
export function parseNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  const dataOffset = npyHeaderBytes(bytes, where);
  if (bytes.length < dataOffset) {
    throw new UserError(
      `${where}: the file ends within its header (${dataOffset} bytes expected, ${bytes.length} found)`,
    );
  }
  const version = bytes[6] === 1 ? 1 : bytes[6] === 2 ? 2 : 3;
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(
    bytes.subarray(version === 1 ? 10 : 12, dataOffset),
  );
  const dict = parseDict(text, where);
  const format = parseDescr(dict.descr);
  if (typeof format === 'string') throw new UserError(`${where} ${format}`);
  const dataBytes = sizeOf(dict.shape) * format.bytes;
  if (!Number.isSafeInteger(dataBytes)) {
    throw new UserError(`${where}: the npy header is damaged (a shape of (${dict.shape.join(', ')}))`);
  }
  return { version, ...format, fortranOrder: dict.fortranOrder, shape: dict.shape, dataOffset, dataBytes };
}

function parseDict(
  text: string,
  where: string,
): { descr: PythonLiteral; fortranOrder: boolean; shape: number[] } {
  const damaged = (what: string) =>
    new UserError(`${where}: the npy header is damaged (${what}); save it again with np.save`);
  let dict: PythonLiteral;
  try {
    dict = parsePythonLiteral(text);
  } catch (error) {
    if (error instanceof LiteralError) throw damaged(error.message);
    throw error;
  }
  if (!(dict instanceof Map)) throw damaged('it is not a dict');
  const descr = dict.get('descr');
  const fortranOrder = dict.get('fortran_order');
  const shape = dict.get('shape');
  if (descr === undefined) throw damaged("'descr' is missing");
  if (typeof fortranOrder !== 'boolean') throw damaged("'fortran_order' is not True or False");
  if (!Array.isArray(shape) || !shape.every(isLength)) throw damaged("'shape' is not a tuple of lengths");
  return { descr, fortranOrder, shape };
}

function isLength(value: PythonLiteral): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** What a file that does not begin as npy begins as: mostly a file under the wrong name. */
function describeForeign(prefix: Uint8Array): string {
  const text = String.fromCharCode(...prefix.subarray(0, NPY_PREFIX_BYTES));
  if (prefix.length === 0) return 'the file is empty';
  if (text.startsWith('PK'))
    return 'this is a zip archive, not an npy file; if np.savez wrote it, give it the ending .npz';
  if (text.startsWith('\x89HDF'))
    return 'this is an HDF5 file, not an npy file; read it with h5py and np.save the array';
  if (text.startsWith('version http'))
    return 'this is a Git LFS pointer, not the data; fetch the file with git lfs pull';
  if (text.startsWith('\x1f\x8b')) return 'this is gzip-compressed; unpack it first (gunzip)';
  if (text.startsWith('\x80'))
    return 'this is a Python pickle, which is never read; save the array with np.save(path, x)';
  return 'this is not an npy file (it does not begin with \\x93NUMPY); save the array with np.save';
}
