import type { TapOutput } from '../engines/engine.js';
import { UserError } from '../errors.js';
import type { DType } from '../tensor.js';

/** How an output is read as predictions; each sample has `perSample` of them. */
export type Reading =
  /** The class is the largest along an axis. */
  | { by: 'largest'; axis: number; perSample: number }
  /** Each number stands for two classes: whether it is above a boundary. */
  | { by: 'boundary'; perSample: number }
  /** The network gives classes by number. */
  | { by: 'number'; perSample: number };

/** Classes of samples, `perSample` each. */
export interface ClassLabels {
  path: string;
  perSample: number;
  numbers: Int32Array;
}

/** What lone numbers are compared with: 0 where they are logits, 0.5 where all of them are from 0 to 1. */
export const BOUNDARIES = [0, 0.5] as const;

/** What is known of an output besides its numbers. */
export interface OutputKind {
  dtype: DType;
  /** The channels stand along axis 1. */
  channelsFirst: boolean;
}

/**
 * Finds out where an output has its classes: along its last axis, or along axis 1 where its channels stand there; along the other one where that alone leaves as many
 * predictions as there are labels. An axis of length 1 has no classes but a number at each place.
 *
 * @param shape samples first
 * @throws UserError where the labels are not as many as the predictions
 */
export function readingOf(
  shape: readonly number[],
  { dtype, channelsFirst }: OutputKind,
  labels: ClassLabels | undefined,
): Reading {
  const each = shape.slice(1).reduce((product, size) => product * size, 1);
  const last = shape.length - 1;
  const along = (axis: number): Reading => {
    const classes = shape[axis]!;
    if (classes === 1) return { by: 'boundary', perSample: each };
    return { by: 'largest', axis, perSample: each / classes };
  };
  const candidates = (): [Reading, ...Reading[]] => {
    if (!dtype.startsWith('float') && dtype !== 'bfloat16') return [{ by: 'number', perSample: each }];
    if (shape.length < 2) return [{ by: 'boundary', perSample: 1 }];
    return channelsFirst ? [along(1), along(last)] : [along(last), along(1)];
  };
  const [usual, ...others] = candidates();
  if (!labels) return usual;
  const fitting = [usual, ...others].find(({ perSample }) => perSample === labels.perSample);
  if (fitting) return fitting;
  throw new UserError(
    `${labels.path} has ${labels.perSample} labels a sample, but the model gives ${usual.perSample} predictions for each (its output is (?, ${shape.slice(1).join(', ')})); give as many, or name another output with --output`,
  );
}

/** The class that is predicted at each place of an output. */
export function predictions({ data, shape }: TapOutput, reading: Reading, boundary: number): Int32Array {
  if (reading.by === 'number') return Int32Array.from(data);
  if (reading.by === 'boundary') return Int32Array.from(data, (value) => (value > boundary ? 1 : 0));
  const { axis } = reading;
  const classes = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const outer = data.length / (classes * inner);
  const found = new Int32Array(outer * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * classes * inner + i;
      let best = 0;
      for (let c = 1; c < classes; c++) if (data[start + c * inner]! > data[start + best * inner]!) best = c;
      found[o * inner + i] = best;
    }
  }
  return found;
}

/** In how many classes a prediction may fall; undefined where the output does not tell. */
export function classesOf(reading: Reading, shape: readonly number[]): number | undefined {
  if (reading.by === 'number') return undefined;
  return reading.by === 'boundary' ? 2 : shape[reading.axis];
}

/** For people to read: what a prediction is. */
export function describeReading(reading: Reading, shape: readonly number[], boundary: number): string {
  const output = `the output (${['?', ...shape.slice(1)].join(', ')})`;
  if (reading.by === 'number') return `the numbers of ${output} as they are`;
  if (reading.by === 'largest') return `the largest along axis ${reading.axis} of ${output}`;
  const range = boundary === 0 ? 'its range is that of logits' : 'all of it is from 0 to 1';
  return `whether ${output} is above ${boundary}, as ${range}`;
}
