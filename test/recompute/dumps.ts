import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface NpyForm {
  version?: 1 | 2 | 3;
  descr?: '<f8' | '>f8' | '<f4' | '>f4' | '<i8';
  fortran?: boolean;
}

/** An npy file in any of the forms that NumPy writes, of a square matrix, or a number. */
export function npyBytes(
  values: readonly number[],
  shape: readonly number[],
  { version = 1, descr = '<f8', fortran = false }: NpyForm = {},
): Uint8Array {
  const places = shape.length === 0 ? '()' : `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${places}, }`;
  const start = version === 1 ? 10 : 12;
  const text = `${dict}${' '.repeat(63 - ((start + dict.length) % 64))}\n`;
  const head = Buffer.alloc(start);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  const size = descr.endsWith('8') ? 8 : 4;
  const body = Buffer.alloc(values.length * size);
  const [d = 1] = shape;
  values.forEach((_, at) => {
    const value = fortran ? values[(at % d) * d + Math.floor(at / d)]! : values[at]!;
    if (descr === '<i8') body.writeBigInt64LE(BigInt(value), at * 8);
    else if (descr === '<f8') body.writeDoubleLE(value, at * 8);
    else if (descr === '>f8') body.writeDoubleBE(value, at * 8);
    else if (descr === '<f4') body.writeFloatLE(value, at * 4);
    else body.writeFloatBE(value, at * 4);
  });
  return Buffer.concat([head, Buffer.from(text, 'latin1'), body]);
}

/** Puts a file where a dump has it; returns its path. */
export function putQuantity(dump: string, name: string, epoch: number, bytes: Uint8Array): string {
  mkdirSync(join(dump, name), { recursive: true });
  const path = join(dump, name, `${name}_epoch${epoch}.npy`);
  writeFileSync(path, bytes);
  return path;
}

/** Puts a diagonal matrix there, whose eigenvalues are plain to see. */
export function putDiagonal(dump: string, layer: string, diagonal: readonly number[], epoch = 0): string {
  const d = diagonal.length;
  const values = Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? diagonal[i / (d + 1)]! : 0));
  return putQuantity(dump, `_eval-covariance-matrix_${layer}`, epoch, npyBytes(values, [d, d]));
}
