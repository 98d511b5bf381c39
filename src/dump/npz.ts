import { zipSync } from 'fflate';
import { encodeNpy, type NpyArray } from './npy.js';

/** Arrays by name as an npz file (a zip of npy files, stored): the same bytes for the same arrays, whenever made. */
export function encodeNpz(arrays: Readonly<Record<string, NpyArray>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)]);
  return zipSync(Object.fromEntries(files), { level: 0, mtime: new Date(1980, 0, 1) });
}
