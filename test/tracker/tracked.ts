import { afterEach } from 'vitest';
import type { Modules } from '../../src/index.js';
import {
  AbstractWriter,
  type LayerRecord,
  SaturationTracker,
  type SaturationTrackerOptions,
} from '../../src/index.js';
import { tf } from './tensorflow.js';

/** Keeps the layers that it is handed. */
export class Kept extends AbstractWriter {
  readonly epochs: LayerRecord[][] = [[]];
  readonly scalars: [string, unknown][] = [];
  isClosed = false;
  resumedAt: number | undefined;
  resumeFromSavedState(initialEpoch: number) {
    this.resumedAt = initialEpoch;
  }
  addScalar(name: string, value: unknown) {
    this.scalars.push([name, value]);
  }
  addScalars() {}
  override addLayer(record: LayerRecord) {
    this.epochs.at(-1)!.push(record);
  }
  save() {
    this.epochs.push([]);
  }
  close() {
    this.isClosed = true;
  }
}

const open: SaturationTracker[] = [];
afterEach(async () => {
  for (const tracker of open.splice(0)) await tracker.close();
});

/** A tracker that writes nowhere. */
export function track(modules: Modules, options: SaturationTrackerOptions = {}): SaturationTracker {
  const tracker = new SaturationTracker('unwritten', new Kept(), modules, { note: () => {}, ...options });
  open.push(tracker);
  return tracker;
}

/** The results of an epoch by `mode name`. */
export async function results(tracker: SaturationTracker): Promise<Map<string, LayerRecord>> {
  const records = await tracker.addSaturations();
  return new Map(records.map((record) => [`${record.mode} ${record.layer}`, record]));
}

/** Mean and covariance of rows of d numbers, as the textbook has them. */
export function momentsOf(data: ArrayLike<number>, d: number): { n: number; covariance: Float64Array } {
  const n = data.length / d;
  const mean = new Float64Array(d);
  for (let k = 0; k < n; k++) for (let i = 0; i < d; i++) mean[i]! += data[k * d + i]! / n;
  const covariance = new Float64Array(d * d);
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        covariance[i * d + j]! += ((data[k * d + i]! - mean[i]!) * (data[k * d + j]! - mean[j]!)) / n;
      }
    }
  }
  return { n, covariance };
}

/** Largest difference, as a share of the largest entry. */
export function difference(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const largest = b.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i]!)), 0) / largest;
}

export function random(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0.2, 1, 'float32', seed);
}

export function predict(model: tf.LayersModel, x: tf.Tensor | tf.Tensor[], batchSize = 4): tf.Tensor {
  return model.predict(x, { batchSize }) as tf.Tensor;
}
