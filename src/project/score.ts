import type { TapOutput } from '../engines/engine.js';
import { UserError } from '../errors.js';

/** How a network does with projections in it. */
export interface Outcome {
  /** Share of the labels that are met; undefined without labels. */
  accuracy: number | undefined;
  /** Frobenius norm of the difference to the unprojected network's outputs, relative to that of these. */
  change: number;
  /** Share of the predictions that stay what they are without projections. */
  agreement: number;
}

/** How an output is read as predictions. */
export interface Reading {
  /** The axis of the classes; undefined where an output is one number: whether that is above a boundary is the prediction. */
  classAxis: number | undefined;
  /** Predictions a sample. */
  perSample: number;
}

/** Classes of samples, `perSample` each. */
export interface ClassLabels {
  path: string;
  perSample: number;
  numbers: Int32Array;
}

/**
 * Finds out where an output has its classes: along its last axis; axis 1 where that alone leaves as many predictions as there are labels, or the engine
 * has channels there.
 *
 * @throws UserError where the labels are not as many as the predictions
 */
export function readingOf(
  output: TapOutput,
  channelsFirst: boolean,
  labels: ClassLabels | undefined,
): Reading {
  const { shape } = output;
  const each = shape.slice(1).reduce((product, size) => product * size, 1);
  if (shape.length < 2 || each === 1) {
    return checked({ classAxis: undefined, perSample: 1 }, shape, labels);
  }
  const last = shape.length - 1;
  const along = (axis: number): Reading => ({ classAxis: axis, perSample: each / shape[axis]! });
  const usual = along(channelsFirst ? 1 : last);
  const other = along(channelsFirst ? last : 1);
  const fits = (reading: Reading) => reading.perSample === labels?.perSample;
  return checked(labels && !fits(usual) && fits(other) ? other : usual, shape, labels);
}

function checked(reading: Reading, shape: readonly number[], labels: ClassLabels | undefined): Reading {
  if (labels && labels.perSample !== reading.perSample) {
    throw new UserError(
      `${labels.path} has ${labels.perSample} labels a sample, but the model gives ${reading.perSample} predictions for each (its output is (?, ${shape.slice(1).join(', ')})); give as many, or name another output with --output`,
    );
  }
  return reading;
}

/** The class that is predicted at each place of an output; of one number, whether it is above the boundary. */
export function predictions(
  { data, shape }: TapOutput,
  { classAxis }: Pick<Reading, 'classAxis'>,
  boundary: number,
): Int32Array {
  if (classAxis === undefined) return Int32Array.from(data, (value) => (value > boundary ? 1 : 0));
  const classes = shape[classAxis]!;
  const inner = shape.slice(classAxis + 1).reduce((product, size) => product * size, 1);
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

/** How many predictions are as they should be. */
interface Tally {
  boundary: number;
  met: number;
  same: number;
}

/** Gathers an outcome, batch by batch. */
export class Score {
  // One number is a probability, or else a logit: only all of them together tell.
  readonly #probability: Tally = { boundary: 0.5, met: 0, same: 0 };
  readonly #logit: Tally = { boundary: 0, met: 0, same: 0 };
  #isProbability = true;
  #places = 0;
  #squares = 0;
  #moved = 0;
  #hasLabels = false;

  /** @param wanted the classes of the batch, where there are labels */
  add(reading: Reading, output: TapOutput, unprojected: TapOutput, wanted: Int32Array | undefined): void {
    const isNumber = reading.classAxis === undefined;
    for (const tally of isNumber ? [this.#probability, this.#logit] : [this.#probability]) {
      const found = predictions(output, reading, tally.boundary);
      const before = predictions(unprojected, reading, tally.boundary);
      for (let i = 0; i < found.length; i++) {
        if (found[i] === before[i]) tally.same++;
        if (wanted && found[i] === wanted[i]) tally.met++;
      }
    }
    if (isNumber && !unprojected.data.every((value) => value >= 0 && value <= 1)) this.#isProbability = false;
    this.#places +=
      reading.classAxis === undefined
        ? output.data.length
        : output.data.length / output.shape[reading.classAxis]!;
    for (let i = 0; i < output.data.length; i++) {
      const own = unprojected.data[i]!;
      this.#squares += own * own;
      this.#moved += (output.data[i]! - own) ** 2;
    }
    if (wanted) this.#hasLabels = true;
  }

  get outcome(): Outcome {
    const { met, same } = this.#isProbability ? this.#probability : this.#logit;
    return {
      accuracy: this.#hasLabels ? met / this.#places : undefined,
      change: this.#moved === 0 ? 0 : Math.sqrt(this.#moved / this.#squares),
      agreement: same / this.#places,
    };
  }
}
