import { tensorFlow } from '../tfjs/tensorflow.js';
import { isTensor } from './tfjs.js';

/** A `tf.Callback`: to be handed to `fit` or `fitDataset` among its `callbacks`. */
export interface SaturationCallback {
  setParams(params: never): void;
  setModel(model: never): void;
  onTrainBegin(logs?: object): Promise<void>;
  onTrainEnd(logs?: object): Promise<void>;
  onEpochBegin(epoch: number, logs?: object): Promise<void>;
  onEpochEnd(epoch: number, logs?: object): Promise<void>;
  onBatchBegin(batch: number, logs?: object): Promise<void>;
  onBatchEnd(batch: number, logs?: object): Promise<void>;
}

/** What a callback does. */
export interface CallbackWork {
  begin(): Promise<void>;
  /** `metrics` are what training gives: `loss`, `acc`, `val_loss`, ... */
  epoch(metrics: ReadonlyMap<string, number>): Promise<void>;
  end(): Promise<void>;
}

/** Makes a callback of the TensorFlow.js in use. @throws UserError if there is none */
export function createCallback(work: CallbackWork): SaturationCallback {
  const { Callback } = tensorFlow();
  class Recording extends Callback {
    override async onTrainBegin() {
      await work.begin();
    }

    override async onEpochEnd(_epoch: number, logs: object = {}) {
      await work.epoch(await numbersOf(logs));
    }

    override async onTrainEnd() {
      await work.end();
    }
  }
  return new Recording();
}

/** Scalars of the logs are read, and left to whoever comes next. */
async function numbersOf(logs: object): Promise<Map<string, number>> {
  const numbers = new Map<string, number>();
  for (const [name, value] of Object.entries(logs)) {
    const number: unknown = isTensor(value) ? value.dataSync()[0] : value;
    if (typeof number === 'number') numbers.set(name, number);
  }
  return numbers;
}
