import { createHash } from 'node:crypto';
import { intrinsicDimensionality } from '../core/metrics.js';
import { eigenspaceDimension, randomDirections } from '../core/projection.js';
import { seededRandom } from '../core/random.js';
import type { Eigenspace } from './eigenspaces.js';
import type { PcaRule } from './options.js';

/** How many leading directions of a layer are kept at a threshold. */
export function keptDirections({ d, values }: Eigenspace, threshold: number, rule: PcaRule): number {
  if (rule === 'pca') return eigenspaceDimension(values, threshold);
  return intrinsicDimensionality({ d, values }, threshold, rule);
}

/** The `count` leading eigenvectors, as rows: (count, d). */
export function leadingDirections({ d, vectors }: Eigenspace, count: number): Float32Array {
  const rows = new Float32Array(count * d);
  for (let i = 0; i < d; i++) for (let j = 0; j < count; j++) rows[j * d + i] = vectors[i * d + j]!;
  return rows;
}

/** `count` orthonormal directions, as rows, uniformly random; which ones, `seed`, the draw and the layer's name decide. */
export function drawnDirections(
  { d, layer }: Eigenspace,
  count: number,
  seed: number,
  draw: number,
): Float32Array {
  const hash = createHash('sha256')
    .update(JSON.stringify([seed, draw, layer.name]))
    .digest();
  return Float32Array.from(randomDirections(count, d, seededRandom(hash.readUInt32LE(0))));
}
