import { existsSync } from 'node:fs';
import type { NpyArray } from '../dump/npy.js';
import { quantitiesOf } from './quantities.js';
import type { LayerRecord, RunDescription, Writer } from './writer.js';

/** A number, or an array (a covariance is `{ shape: [d, d], data }`), which the npy writer alone stores. */
export type WriterValue = number | NpyArray;

/** A sample in the plane of the two leading eigendirections. */
export type SamplePoint = readonly [x: number, y: number];

/** What comes with values that are added. */
export interface AddScalarsOptions {
  /** Without effect in the writers that are here: an epoch is what is added between two calls of `save`. */
  globalStep?: number;
  /** Samples in the plane, by name. */
  sampleValueDict?: Readonly<Record<string, readonly SamplePoint[]>>;
}

/**
 * `AbstractWriter`: what a writer of one's own inherits from, to take values by name as the Python package hands them out. Methods
 * may return promises; whoever calls them waits.
 *
 * A writer that wants epochs whole implements `Writer` instead: `record` and `SaturationTracker` take both.
 */
export abstract class AbstractWriter {
  /** Whom `checkSavestateOk` tells. */
  protected note: (message: string) => void = console.warn;

  /** Called once, before anything is added, where a run is continued: epochs up to `initialEpoch` - 1 are there. */
  abstract resumeFromSavedState(initialEpoch: number): void | Promise<void>;

  /** Called once before anything is added, unless a run is continued: throws if there is no place to write to. */
  open(): void | Promise<void> {}

  /** A value by its name. */
  abstract addScalar(name: string, value: WriterValue, options?: AddScalarsOptions): void | Promise<void>;

  /** Values by name (`eval-saturation_conv1`); `prefix` is '' for those of layers. */
  abstract addScalars(
    prefix: string,
    valueDict: Readonly<Record<string, WriterValue>>,
    options?: AddScalarsOptions,
  ): void | Promise<void>;

  /** An epoch is complete. */
  abstract save(): void | Promise<void>;

  /** `run` says what made the run, where there is something to say. */
  abstract close(run?: RunDescription): void | Promise<void>;

  /** Takes a layer's results; unless overridden by their names, through `addScalars`. */
  addLayer(record: LayerRecord, samples?: readonly SamplePoint[]): void | Promise<void> {
    return this.addScalars(
      '',
      valuesOf(record),
      samples && { sampleValueDict: { [embeddingName(record)]: samples } },
    );
  }

  /** Whether what is to be continued is there; tells if it is not. */
  checkSavestateOk(savepath: string): boolean {
    if (existsSync(savepath)) return true;
    this.note(`${savepath} does not exist, so ${this.constructor.name} has no state to resume from`);
    return false;
  }
}

/** A layer's values by the names of the package: `eval-saturation_conv1`, `eval-covariance-matrix_conv1`. */
function valuesOf(record: LayerRecord): Record<string, WriterValue> {
  const { mode, layer, d, covariance } = record;
  const quantities = quantitiesOf({ epoch: 0, model: '', layers: [record], scalars: new Map() });
  const values = quantities.map(({ longName, value }) => {
    return [`${mode}-${longName}_${layer}`, value ?? { shape: [d, d], data: covariance }] as const;
  });
  return Object.fromEntries(values);
}

/** `eval-embedded-sample_conv1` */
export function embeddingName({ mode, layer }: Pick<LayerRecord, 'mode' | 'layer'>): string {
  return `${mode}-embedded-sample_${layer}`;
}

/** An `AbstractWriter` as `record` sees it. */
export function takingEpochs(writer: AbstractWriter, initialEpoch: number): Writer {
  return {
    async open() {
      await (initialEpoch === 0 ? writer.open() : writer.resumeFromSavedState(initialEpoch));
    },
    async write({ layers, scalars }) {
      for (const mode of ['train', 'eval']) {
        for (const layer of layers)
          if (layer.mode === mode) await writer.addLayer(layer, layer.embedding?.points);
      }
      for (const [name, value] of scalars) await writer.addScalar(name, value);
      await writer.save();
    },
    async close(run) {
      await writer.close(run);
    },
  };
}
