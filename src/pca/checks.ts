import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';

const OPTIONS = [
  'inFeatures',
  'inFilters',
  'threshold',
  'keepdim',
  'verbose',
  'gradientEpochStart',
  'centering',
  'downsampling',
  'dataFormat',
];

/** @throws UserError for what is no object of options, and for `in_features` */
export function checkConfig(config: unknown): void {
  if (typeof config !== 'object' || config === null) {
    throw new UserError(
      `a PCA layer takes its options by name, such as { threshold: 0.9 }, and not ${String(config)}`,
    );
  }
  // Of the names of the Python package many have an underscore, and none of TensorFlow.js's, of which a config has others as well.
  const python = Object.keys(config).find((name) => name.includes('_'));
  if (python !== undefined) throw new UserError(`PCA layer: ${nearest(python, OPTIONS, 'option')}`);
}

export function checkedThreshold(threshold: unknown): number {
  if (typeof threshold === 'number' && threshold > 0 && threshold <= 1) return threshold;
  throw new UserError(
    `threshold is ${String(threshold)}, and must be a share of the variance, above 0 and at most 1`,
  );
}

export function checkedCentering(centering: unknown): boolean {
  if (typeof centering === 'boolean') return centering;
  throw new UserError(`centering is ${String(centering)}, and must be true or false`);
}

/** Side of maps that are collected; null, as saved files may have it, is none. */
export function checkedSide(side: unknown): number | undefined {
  if (side === undefined || side === null) return undefined;
  if (typeof side === 'number' && Number.isSafeInteger(side) && side > 0) return side;
  throw new UserError(`downsampling is ${String(side)}, and must be a whole number of pixels, 1 or more`);
}
