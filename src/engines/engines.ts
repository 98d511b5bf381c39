import { UserError } from '../errors.js';
import type { Model } from '../model/model.js';
import { Untranslatable } from '../model/translate/unsupported.js';
import { mayHaveCudaGpu } from './cuda.js';
import type { EngineOptions, LoadOptions, RunningEngine, Session, Tap } from './engine.js';
import { engineOf } from './registry.js';

/** A model that an engine has loaded. */
export interface LoadedModel {
  session: Session;
  engine: RunningEngine;
  /** Why this engine, where it was delve's choice: `it sees a GPU`. */
  why: string | undefined;
}

/** Loads models, each with the engine asked for, or the one that suits it. Engines that were started stay for the next model. */
export class Engines {
  readonly #running = new Map<string, RunningEngine>();

  /** @param engine a name, or `auto` */
  constructor(
    private readonly engine: string,
    private readonly options: EngineOptions,
  ) {}

  /**
   * Throws UserError where the engine is not installed, has not the device asked for, or cannot run the model.
   *
   * `auto` is tensorflow where it is installed and sees a GPU; else onnx; else, for an operation that the translation lacks,
   * tensorflow on the CPU.
   */
  async load(model: Model, taps: readonly Tap[], options: LoadOptions): Promise<LoadedModel> {
    if (this.engine !== 'auto') {
      const engine = await this.#start(this.engine);
      return { engine, session: await engine.load(model, taps, options), why: undefined };
    }
    const withoutTensorflow = await this.#withoutTensorflow(model);
    if (withoutTensorflow === undefined && this.options.device !== 'cpu' && mayHaveCudaGpu()) {
      const engine = await this.#start('tensorflow', 'auto');
      if (engine.isGpu) {
        return { engine, session: await engine.load(model, taps, options), why: 'it sees a GPU' };
      }
    }
    try {
      const engine = await this.#start('onnx');
      const session = await engine.load(model, taps, options);
      return { engine, session, why: withoutTensorflow?.short ?? 'tensorflow sees no GPU' };
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      if (withoutTensorflow)
        throw new UserError(`${error.message} ${withoutTensorflow.advice}`, { cause: error });
      const engine = await this.#start('tensorflow');
      const session = await engine.load(model, taps, options);
      return { engine, session, why: `the embedded engine lacks ${error.operations.join(', ')}` };
    }
  }

  /** Throws UserError for an engine that is unknown or not installed. */
  async check(): Promise<void> {
    if (this.engine === 'auto') return;
    const missing = await (await engineOf(this.engine)).missing();
    if (missing !== undefined) throw new UserError(missing);
  }

  async close(): Promise<void> {
    for (const engine of this.#running.values()) await engine.close();
    this.#running.clear();
  }

  async #start(name: string, device = this.options.device): Promise<RunningEngine> {
    const key = `${name} ${device}`;
    const known = this.#running.get(key);
    if (known) return known;
    const engine = await engineOf(name);
    const missing = await engine.missing();
    if (missing !== undefined) throw new UserError(missing);
    const started = await engine.start({ ...this.options, device });
    this.#running.set(key, started);
    return started;
  }

  async #withoutTensorflow(model: Model): Promise<{ short: string; advice: string } | undefined> {
    if (!model.toTensorflow) return { short: 'it runs ONNX files', advice: '' };
    const missing = await (await engineOf('tensorflow')).missing();
    return missing === undefined
      ? undefined
      : { short: 'tensorflow is not installed', advice: `TensorFlow itself would run it: ${missing}` };
  }
}
