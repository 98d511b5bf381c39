import type { LayerOutput, OutputView } from '../core/points.js';
import { hookMethod } from './method-hooks.js';
import type { LayerTaps, Tap } from './taps.js';
import { outputTensor, reversedSteps, valuesOf } from './tensor-values.js';
import { isLayer, type TrackedLayer } from './tfjs.js';

/**
 * Both directions of a bidirectional layer by their names, and what they are merged to. The backward direction's series is taken as it is
 * merged, in the order of time.
 */
export function bidirectionalTaps(layer: TrackedLayer, kind: string, view: OutputView): LayerTaps {
  const parts = ['forwardLayer', 'backwardLayer'].map((name) => partOf(layer, name));
  const outputs = new Map<TrackedLayer, LayerOutput | undefined>();
  const isSeries = Reflect.get(layer, 'returnSequences') === true;
  const isMerged = typeof Reflect.get(layer, 'mergeMode') === 'string';
  const taps = parts.map((part, i): Tap => {
    const read = () => {
      const values = outputs.get(part);
      return values && isSeries && i === 1 ? reversedSteps(values) : values;
    };
    return { suffix: `-${part.name}`, layer: part, kind, view, read };
  });
  const merged: Tap = {
    suffix: '',
    layer,
    kind,
    view,
    read({ output }) {
      const tensor = outputTensor(output);
      return tensor && valuesOf(tensor);
    },
  };
  return {
    taps: isMerged ? [...taps, merged] : taps,
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
