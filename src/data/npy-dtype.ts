import { bytesOf, type DType } from '../tensor.js';
import type { PythonLiteral } from './python-literal.js';

/** How the items of an npy file are stored. `bytes` is the size of an item, `order` the byte order of its numbers. */
export interface ItemFormat {
  dtype: DType;
  bytes: number;
  order: 'little' | 'big';
  /** Of text: its characters as 32-bit numbers each (`U`), or its bytes (`S`), of which nothing says what they mean: UTF-8, as in TensorFlow. */
  encoding?: TextEncoding;
}

export type TextEncoding = 'utf-32' | 'utf-8';

const TYPES: Record<string, DType> = {
  b1: 'bool',
  '?': 'bool',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  c8: 'complex64',
  c16: 'complex128',
  // ml_dtypes registers bfloat16 with NumPy as two bytes of no kind: '<V2', and '|V2' once loaded and saved again.
  V2: 'bfloat16',
};

const NAMES = new Set<string>([...Object.values(TYPES)]);

/**
 * Reads the `descr` of an npy header (`<f4`, `|b1`, `>i8`, a NumPy type's name): the format of the items, or a
 * sentence that says what was found and how to save it so that it can be read.
 */
export function parseDescr(descr: PythonLiteral): ItemFormat | string {
  if (Array.isArray(descr)) {
    const fields = descr.map((field) => (Array.isArray(field) ? String(field[0]) : '?')).join(', ');
    return `holds a structured type with the fields ${fields}; save one field as an array of its own: np.save(path, x['${fields.split(', ')[0]}'])`;
  }
  if (typeof descr !== 'string') return 'has no element type that NumPy knows; save it again with np.save';
  const named = isDType(descr) ? descr : undefined;
  if (named) return { dtype: named, bytes: bytesOf(named), order: 'little' };
  const [, sign = '', code = ''] = /^([<>|=]?)(.*)$/s.exec(descr) ?? [];
  const order = sign === '>' ? 'big' : 'little';
  const dtype = TYPES[code];
  if (dtype) return { dtype, bytes: bytesOf(dtype), order };
  const [, kind, length = ''] = /^([USa])(0*[1-9]\d*)$/.exec(code) ?? [];
  if (kind === undefined) return refusal(descr, code);
  return kind === 'U'
    ? { dtype: 'string', bytes: 4 * Number(length), order, encoding: 'utf-32' }
    : { dtype: 'string', bytes: Number(length), order, encoding: 'utf-8' };
}

function isDType(name: string): name is DType {
  return NAMES.has(name);
}

function refusal(descr: string, code: string): string {
  const found = `(descr '${descr}')`;
  switch (code[0]) {
    case 'O':
      return `holds Python objects ${found}, mostly text, or arrays of unequal length; save text as x.astype(str), bytes as x.astype('S'), and numbers in one shape: np.stack(list(x)).astype(np.float32)`;
    case 'U':
    case 'S':
    case 'a':
      return `holds text of no length ${found}; save text that says something: x.astype(str)`;
    case 'M':
    case 'm':
      return `holds dates or time differences ${found}; save them as numbers: x.astype(np.int64)`;
    case 'V':
      return `holds items of ${code.slice(1)} bytes of no numeric type ${found}, such as float8 or int4 of ml_dtypes; save x.astype(np.float32)`;
    case 'f':
    case 'c':
      return `holds numbers of extended precision ${found}, which differ between machines; save x.astype(np.float64)`;
    default:
      return `holds a type that is not known ${found}; save x.astype(np.float32)`;
  }
}
