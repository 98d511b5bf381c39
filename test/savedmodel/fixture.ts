import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What TensorFlow and Keras say of a fixture (fixtures/make/savedmodel.py). */
export interface Facts {
  inputs: Record<string, StoredTensor>;
  outputs: Record<string, StoredTensor>;
  layers: { name: string; kind: string; parameters?: number; shape?: (number | null)[] }[];
  variables: ({ name: string } & StoredTensor)[];
}

/** 16-bit floats as their bits, complex numbers as pairs, 64-bit integers as text. */
export interface StoredTensor {
  dtype: string;
  shape: number[];
  data: (number | string)[];
}

const FOLDER = fileURLToPath(new URL('../../fixtures/savedmodel/', import.meta.url));

export function fixture(name: string): string {
  return join(FOLDER, name);
}

export function factsOf(name: string): Facts {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
}

/** A copy of a fixture for `use` to damage. */
export async function withCopy(name: string, use: (folder: string) => Promise<void>): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), 'delve-savedmodel-'));
  const folder = join(temporary, 'model');
  try {
    cpSync(fixture(name), folder, { recursive: true });
    await use(folder);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** Rewrites a file as what `change` makes of its bytes. */
export function rewrite(file: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(file, change(readFileSync(file)));
}
