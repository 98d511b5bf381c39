import type { TapInfo } from '../engines/engine.js';

/** Bytes of layer outputs that a batch may take by default. */
const OUTPUT_BYTES = 384 * 2 ** 20;
const LARGEST = 64;
/** Where the outputs' sizes are not known beforehand. */
const UNKNOWN = 16;

/** Samples a batch, if the user does not say: up to 64, as long as the outputs of all tapped layers stay in bounded memory. */
export function chooseBatchSize(taps: readonly TapInfo[]): number {
  let bytes = 0;
  for (const { shape } of taps) {
    if (!shape || shape.slice(1).includes(null)) return UNKNOWN;
    bytes += shape.slice(1).reduce<number>((product, dim) => product * (dim ?? 1), 4);
  }
  return Math.max(1, Math.min(LARGEST, Math.floor(OUTPUT_BYTES / Math.max(1, bytes))));
}
