import { UserError } from '../errors.js';
import type { NamedMoments } from './layer-record.js';
import type { RecordEvents, RecordOptions } from './options.js';

/**
 * The layers whose covariance is made of numbers. Those with NaN or infinite values are left out with a note, or make an
 * error, as `--on-nan` says.
 */
export function finiteLayers<T extends NamedMoments>(
  model: string,
  moments: readonly T[],
  onNan: RecordOptions['onNan'],
  events: RecordEvents,
): T[] {
  // A NaN or an infinity in a feature reaches its own variance, whatever else it reaches.
  const broken = moments.filter(({ mean, covariance }) =>
    mean.some((value, i) => !Number.isFinite(value) || !Number.isFinite(covariance[i * mean.length + i]!)),
  );
  if (broken.length === 0) return [...moments];
  const names = broken.map(({ layer }) => layer.name).join(', ');
  const found = `${model}: NaN or infinite values in the output of ${names}`;
  if (onNan === 'error') {
    throw new UserError(
      `${found}; check the data and the weights, or record the other layers with --on-nan skip`,
    );
  }
  if (broken.length === moments.length) throw new UserError(`${found}: no layer is left to record`);
  events.note?.(`${found}: left out`);
  return moments.filter((layer) => !broken.includes(layer));
}

/** Says which layers give the same output whatever they are given. */
export function noteConstantLayers(
  moments: readonly NamedMoments[],
  mode: string,
  events: RecordEvents,
): void {
  const constant = moments.filter(
    ({ n, mean, covariance }) => n > 1 && mean.every((_, i) => covariance[i * mean.length + i] === 0),
  );
  if (constant.length === 0) return;
  const names = constant.map(({ layer }) => layer.name).join(', ');
  events.note?.(
    `${mode}: no variance in ${names}: the output is the same for all samples, and idim 1 says nothing`,
  );
}

/** Says which layers have too few rows for their width, and what that means. */
export function noteThinLayers(moments: readonly NamedMoments[], mode: string, events: RecordEvents): void {
  const thin = moments.filter(({ n, mean }) => n <= mean.length);
  if (thin.length === 0) return;
  const shown = thin.slice(0, 5).map(({ layer, n, mean }) => `${layer.name} (${n} rows, d = ${mean.length})`);
  const more = thin.length > shown.length ? ` and ${thin.length - shown.length} more` : '';
  events.note?.(
    `${mode}: no more rows than features in ${shown.join(', ')}${more}: n rows span at most n - 1 directions, so the saturation is bounded by the data; record more samples`,
  );
}
