import type { LayerOutput, OutputView } from '../core/points.js';
import { product } from '../core/points-axes.js';
import { hookMethod } from './method-hooks.js';
import type { LayerTaps, Tap } from './taps.js';
import { outputTensor, valuesOf } from './tensor-values.js';
import { isLayer, type TrackedLayer } from './tfjs.js';

/**
 * Both directions of a bidirectional layer by their names, what each hands on, the backward one in the order of time; and what they are merged
 * to, unless each is handed on by itself.
 *
 * @param kind of the directions
 * @param readMerged reads what the layer hands on
 */
export function bidirectionalTaps(
  layer: TrackedLayer,
  kind: string,
  view: OutputView,
  readMerged: Tap['read'],
): LayerTaps {
  const forward = partOf(layer, 'forwardLayer');
  const backward = partOf(layer, 'backwardLayer');
  const parts = [forward, backward];
  const outputs = new Map<TrackedLayer, LayerOutput | undefined>();
  const isSeries = Boolean(Reflect.get(layer, 'returnSequences'));
  const taps = parts.map((part): Tap => {
    const read = () => {
      const output = outputs.get(part);
      return output && part === backward && isSeries ? withStepsReversed(output) : output;
    };
    return { suffix: `-${part.name}`, layer: part, kind, view, read };
  });
  const merged: Tap = { suffix: '', layer, kind: 'bidirectional', view, read: readMerged };
  return {
    taps: isMerged(layer) ? [...taps, merged] : taps,
    skipped: undefined,
    hook() {
      const unhook = parts.map((part) =>
        hookMethod(part, 'call', (next, args) => {
          const output = next(...args);
          // The layer disposes of it before its own call is over.
          const tensor = outputTensor(output);
          outputs.set(part, tensor && valuesOf(tensor));
          return output;
        }),
      );
      return () => {
        for (const each of unhook) each();
      };
    },
  };
}

function partOf(layer: TrackedLayer, name: string): TrackedLayer {
  const part: unknown = Reflect.get(layer, name);
  if (isLayer(part)) return part;
  throw new TypeError(`${layer.name}: a bidirectional layer without its ${name}`);
}

function isMerged(layer: TrackedLayer): boolean {
  return typeof Reflect.get(layer, 'mergeMode') === 'string';
}

/** An output (B, T, ...), its last step first. */
function withStepsReversed({ data, shape }: LayerOutput): LayerOutput {
  const [batch = 0, steps = 0] = shape;
  const size = product(shape.slice(2));
  const reversed = data.slice();
  for (let sample = 0; sample < batch; sample++) {
    for (let step = 0; step < steps; step++) {
      const from = (sample * steps + step) * size;
      const to = (sample * steps + steps - 1 - step) * size;
      reversed.set(data.subarray(from, from + size), to);
    }
  }
  return { data: reversed, shape };
}
