import { readFileSync } from 'node:fs';

const FOLDER = new URL('../../fixtures/core/', import.meta.url);

export interface Golden {
  eigenvalues: number[];
  idim: Record<string, number>;
  lsat: Record<string, number>;
  det: number;
  logdet: number | null;
  trc: number;
  dtrc: number;
  erank: number | null;
  pr: number | null;
}

export interface ExactCovariance {
  mean: number[];
  covariance: number[];
  secondMoment: number[];
}

export function measures(): Record<string, Golden> {
  // Python writes Infinity, which JSON lacks.
  return JSON.parse(readFileSync(new URL('measures.json', FOLDER), 'utf8').replaceAll('Infinity', '1e999'));
}

export function covariances(): Record<string, ExactCovariance> {
  return JSON.parse(readFileSync(new URL('covariances.json', FOLDER), 'utf8'));
}

export function readMatrix(name: string): {
  rows: number;
  columns: number;
  data: Float32Array | Float64Array;
} {
  const bytes = readFileSync(new URL(`${name}.npy`, FOLDER));
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const [, type] = /'descr': '<(f[48])', 'fortran_order': False/.exec(header) ?? [];
  const [, rows, columns] = /'shape': \((\d+), (\d+)\)/.exec(header) ?? [];
  if (!type || !rows || !columns) throw new Error(`${name}.npy: ${header}`);
  const buffer = bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length);
  const data = type === 'f4' ? new Float32Array(buffer) : new Float64Array(buffer);
  return { rows: Number(rows), columns: Number(columns), data };
}

export function readSquare(name: string): { d: number; matrix: Float64Array } {
  const { columns, data } = readMatrix(`matrix-${name}`);
  return { d: columns, matrix: Float64Array.from(data) };
}
