import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { parse } from 'npyjs';

export interface Numbers {
  data: Float64Array;
  shape: number[];
}

/** A golden array, read by a library that is not ours. */
export function loadNpy(path: string): Numbers {
  return parsed(readFileSync(path));
}

/** The arrays of a golden npz by name. */
export function loadNpz(path: string): Map<string, Numbers> {
  const entries = Object.entries(unzipSync(readFileSync(path)));
  return new Map(entries.map(([name, bytes]) => [name.replace(/\.npy$/, ''), parsed(bytes)]));
}

function parsed(bytes: Uint8Array): Numbers {
  const { data, shape } = parse(Uint8Array.from(bytes).buffer);
  return { data: Float64Array.from(data as unknown as ArrayLike<number>, Number), shape };
}

/** Largest difference, relative to the largest of the wanted numbers. */
export function worstDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(wanted[i]!));
    const difference = Math.abs(found[i]! - wanted[i]!);
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return largest === 0 ? worst : worst / largest;
}
