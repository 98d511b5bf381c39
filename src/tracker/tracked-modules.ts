import { UserError } from '../errors.js';
import { hookMethod } from './method-hooks.js';
import { type LayerCall, ModelRuns, modeOf } from './model-runs.js';
import { type TapPoint, tapsOf } from './taps.js';
import {
  type Container,
  isContainer,
  isLayer,
  isModel,
  type TrackedLayer,
  type TrackedModel,
} from './tfjs.js';
import { findTaps, type NamedTap } from './tracked-taps.js';

/** What can be tracked: a model, a layer that is used by itself, or several of these. */
export type Modules = TrackedModel | TrackedLayer | readonly (TrackedModel | TrackedLayer)[];

/** Something that is tracked, with what there is to record in it. */
export interface TrackedModule {
  /** In the order of columns. */
  taps: NamedTap[];
  skipped: { name: string; reason: string }[];
  /** Follows its runs; `tell` hears of calls of the layers of which one of the taps is wanted. Returns what ends it. */
  follow(watched: ReadonlySet<TrackedLayer>, tell: (call: LayerCall) => void): () => void;
}

/**
 * Finds what there is to record. Of several modules each layer's name begins with that of its model.
 * @throws UserError for what is no model of TensorFlow.js, and for one whose input is not known yet
 */
export function trackedModules(modules: Modules, point: TapPoint): TrackedModule[] {
  if (!isSeveral(modules)) return [trackedModule(modules, point, [])];
  return modules.map((module) => {
    const isAlone = modules.length === 1 || !isModel(module);
    return trackedModule(module, point, isAlone ? [] : [module.name]);
  });
}

function isSeveral(modules: Modules): modules is readonly (TrackedModel | TrackedLayer)[] {
  return Array.isArray(modules);
}

function trackedModule(module: unknown, point: TapPoint, prefix: readonly string[]): TrackedModule {
  if (!isLayer(module)) {
    throw new UserError(
      'modules: what is tracked is a tf.LayersModel, a layer or a list of these, and this is none',
    );
  }
  if (!isModel(module)) return trackedLayer(module, point);
  const container = builtModel(module);
  const { named, skipped, hook } = findTaps(module, container, point, prefix);
  return {
    taps: named,
    skipped,
    follow(watched, tell) {
      const unhook = hook();
      const runs = new ModelRuns(container, watched, tell);
      return () => {
        runs.close();
        unhook();
      };
    },
  };
}

/**
 * The graph of a model. That of a `tf.Sequential` is a model in it, which it would build itself when it is first used.
 * @throws UserError for one whose input is not known yet
 */
export function builtModel(model: TrackedModel): Container {
  const isSequential = model.getClassName() === 'Sequential';
  if (isSequential && !Reflect.get(model, 'model') && hasItems(Reflect.get(model, 'outputs'))) {
    const build: unknown = Reflect.get(model, 'build');
    if (typeof build === 'function') Reflect.apply(build, model, []);
  }
  const container: unknown = isSequential ? Reflect.get(model, 'model') : model;
  if (isContainer(container)) return container;
  throw new UserError(
    `modules: ${model.name} does not know the shape of its input yet, so it has no layers to track; give its first layer an inputShape`,
  );
}

function hasItems(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}

function trackedLayer(layer: TrackedLayer, point: TapPoint): TrackedModule {
  const { taps, skipped, hook } = tapsOf(layer, point);
  return {
    taps: taps.map((tap) => ({ name: layer.name + tap.suffix, layer, key: '', tap })),
    skipped: skipped === undefined ? [] : [{ name: layer.name, reason: skipped }],
    follow(_watched, tell) {
      const unhookParts = hook();
      const unhook = hookMethod(layer, 'call', (next, args, method) => {
        const output = next(...args);
        const timeStep = { index: 0, count: 1 };
        const again = () => method(...args);
        tell({ layer, key: '', mode: modeOf(args), timeStep, inputs: args[0], output, again });
        return output;
      });
      return () => {
        unhook();
        unhookParts();
      };
    },
  };
}
