import { hookMethod } from './method-hooks.js';
import { layersInPlan, type PlannedStep, planRun, RunProgress, type TimeStep } from './run-plan.js';
import { outputTensor } from './tensor-values.js';
import type { Container, TrackedLayer } from './tfjs.js';

export type Mode = 'train' | 'eval';

/** A call of a layer that is over. */
export interface LayerCall {
  layer: TrackedLayer;
  /** Which use of the layer it is: `LayerUse.key`. */
  key: string;
  mode: Mode;
  timeStep: TimeStep;
  inputs: unknown;
  output: unknown;
  /** Runs the layer once more on the same inputs. */
  again(): unknown;
}

/**
 * Follows the runs of a model: fit, evaluate and predict, of datasets and single batches, and calls of the model in a training loop of one's
 * own. Calls of its layers that are no part of these are not told of.
 *
 * Hooks stand around methods of the model and of layers in it, of these objects alone; what they give is handed on as it is.
 */
export class ModelRuns {
  readonly #plan: PlannedStep[];
  /** Runs that are under way: of the model, and within it of models in it. */
  #running: { mode: Mode; progress: RunProgress }[] = [];
  #unhook: (() => void)[] = [];
  #unhookTest = () => {};
  #isClosed = false;

  /** @param watched layers of which `tell` wants to hear */
  constructor(
    private readonly model: Container,
    private readonly watched: ReadonlySet<TrackedLayer>,
    private readonly tell: (call: LayerCall) => void,
  ) {
    this.#plan = planRun(model);
    for (const layer of layersInPlan(this.#plan)) {
      this.#unhook.push(
        hookMethod(layer, 'call', (next, args, method) => {
          return this.#called(
            layer,
            () => next(...args),
            args[0],
            () => method(...args),
          );
        }),
      );
    }
    this.#unhook.push(
      hookMethod(model, 'makeTrainFunction', (next) => {
        const train = next();
        return isFunction(train) ? (data: unknown) => this.#run('train', () => train(data)) : train;
      }),
      hookMethod(model, 'makeTestFunction', (next) => {
        next();
        this.#hookTestFunction();
      }),
      hookMethod(model, 'predictLoop', (next, args) => this.#run('eval', () => next(...args))),
      hookMethod(model, 'call', (next, args) => this.#run(modeOf(args), () => next(...args))),
    );
  }

  /** Takes all hooks away: the model is as it was before. */
  close(): void {
    this.#isClosed = true;
    for (const unhook of this.#unhook.splice(0)) unhook();
    this.#unhookTest();
  }

  /** The model makes it anew for every evaluation. */
  #hookTestFunction(): void {
    this.#unhookTest();
    this.#unhookTest = hookMethod(this.model, 'testFunction', (next, args) => {
      return this.#run('eval', () => next(...args));
    });
  }

  /** One or several runs of the model, one after another. */
  #run<T>(mode: Mode, run: () => T): T {
    if (this.#isClosed) return run();
    return this.#aside(() => this.#within(mode, new RunProgress(this.#plan), run));
  }

  #within<T>(mode: Mode, progress: RunProgress, run: () => T): T {
    this.#running.push({ mode, progress });
    try {
      const result = run();
      if (!progress.isComplete)
        throw new Error(`${this.model.name}: its layers ran in another order than expected`);
      return result;
    } finally {
      this.#running.pop();
    }
  }

  #called(layer: TrackedLayer, call: () => unknown, inputs: unknown, bare: () => unknown): unknown {
    const running = this.#running.at(-1);
    const part = running?.progress.next(layer);
    if (!running || !part) return call();
    const { mode } = running;
    const { step, key, isRepeated, timeStep } = part;
    if (step.inside.length > 0) {
      const timeSteps = outputTensor(inputs)?.shape[1];
      return this.#within(mode, new RunProgress(step.inside, part, timeSteps), call);
    }
    // What a layer runs itself is no part of the run, though it may be a layer of the model.
    const output = this.#aside(call);
    if (!isRepeated && this.watched.has(layer))
      this.tell({ layer, key, mode, timeStep, inputs, output, again: () => this.#aside(bare) });
    return output;
  }

  /** Something that is no part of a run. */
  #aside<T>(work: () => T): T {
    const running = this.#running;
    this.#running = [];
    try {
      return work();
    } finally {
      this.#running = running;
    }
  }
}

/** How a model's `call` is called, by its second argument. */
export function modeOf([, kwargs]: readonly unknown[]): Mode {
  return typeof kwargs === 'object' && kwargs !== null && Reflect.get(kwargs, 'training') ? 'train' : 'eval';
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}
