import type { LayerOutput, OutputView } from '../core/points.js';
import { product } from '../core/points-axes.js';
import { bidirectionalTaps } from './bidirectional.js';
import { isChannelsFirst, kindOf, recordedClass } from './layer-kinds.js';
import type { LayerCall } from './model-runs.js';
import { hasActivation, withoutActivation } from './pre-activation.js';
import { depthwiseTap } from './separable.js';
import { outputTensor, takeValues, valuesOf } from './tensor-values.js';
import { isLayer, type TrackedLayer } from './tfjs.js';

/** What of a layer is recorded. */
export interface Tap {
  /** What follows the layer's name: '', `-depthwise`, `-forward_lstm`. */
  suffix: string;
  layer: TrackedLayer;
  /** As `delve layers` has it. */
  kind: string;
  view: OutputView;
  /** The values of a call; undefined where the layer hands on none. Their first axis may hold several entries a sample. */
  read(call: LayerCall): LayerOutput | undefined;
}

/** Everything that is recorded of a layer, in the order in which it comes about. */
export interface LayerTaps {
  taps: Tap[];
  /** Why nothing is recorded, of a layer that has a kernel. */
  skipped: string | undefined;
  /** Puts hooks around the layer's parts, where its taps need such; returns what takes them away. */
  hook(): () => void;
}

const hook = () => () => {};

/** What of a layer is recorded: its operation's output with its bias, or that after its own activation. */
export type TapPoint = 'pre-activation' | 'activation';

/** What is recorded of a layer; nothing of one without a kernel. */
export function tapsOf(layer: TrackedLayer, point: TapPoint): LayerTaps {
  const found = kindOf(layer);
  if (!found) return { taps: [], skipped: undefined, hook };
  const { kind, family } = found;
  const name = recordedClass(layer);
  const { kernel, wrappers } = unwrapped(layer);
  const first = isChannelsFirst(kernel);
  const hasSteps = wrappers > 0 || (kind === 'conv-lstm2d' && Reflect.get(layer, 'returnSequences'));
  if (first && hasSteps) {
    return { taps: [], skipped: 'its channels stand between its steps and its positions', hook };
  }
  const view: OutputView = {
    family,
    axes: first ? { features: 'first' } : { features: 'last', mergedFeatureAxes: 1 },
  };
  if (name === 'Bidirectional') return bidirectionalTaps(layer, kind, view, readOutput);
  const whole: Tap = {
    suffix: '',
    layer,
    kind,
    view,
    read: withStepsFolded(
      wrappers - 1,
      point === 'pre-activation' && hasActivation(kernel) ? readBefore(kernel) : readOutput,
    ),
  };
  const taps =
    recordedClass(kernel) === 'SeparableConv2D' ? [depthwiseTap(layer, kernel, view), whole] : [whole];
  return { taps, skipped: undefined, hook };
}

/** The layer with the kernel, and how many times it is in `TimeDistributed`. */
function unwrapped(layer: TrackedLayer): { kernel: TrackedLayer; wrappers: number } {
  const inner: unknown = recordedClass(layer) === 'TimeDistributed' ? Reflect.get(layer, 'layer') : undefined;
  if (!isLayer(inner)) return { kernel: layer, wrappers: 0 };
  const { kernel, wrappers } = unwrapped(inner);
  return { kernel, wrappers: wrappers + 1 };
}

/** Reads (B, T1, T2, ...) as Keras 2 runs steps within steps: those of the outermost `levels` are samples, (B * T1, T2, ...). */
function withStepsFolded(levels: number, read: Tap['read']): Tap['read'] {
  if (levels <= 0) return read;
  return (call) => {
    const output = read(call);
    if (!output) return undefined;
    const { data, shape } = output;
    return { data, shape: [product(shape.slice(0, levels + 1)), ...shape.slice(levels + 1)] };
  };
}

function readOutput({ output }: LayerCall): LayerOutput | undefined {
  const tensor = outputTensor(output);
  return tensor && valuesOf(tensor);
}

/** Reads what goes into the activation of `kernel`, which is the layer itself or the one in it. */
function readBefore(kernel: TrackedLayer): Tap['read'] {
  return ({ again }) => {
    const tensor = outputTensor(withoutActivation(kernel, again));
    return tensor && takeValues(tensor);
  };
}
