import type { LayerOutput, OutputView } from '../core/points.js';
import { hookMethod } from './method-hooks.js';
import type { LayerTaps, Tap } from './taps.js';
import { outputTensor, valuesOf } from './tensor-values.js';
import { isLayer, type TrackedLayer } from './tfjs.js';

/** Both directions of a bidirectional layer by their names: what each hands on, the backward one a series whose last step is the first in time. */
export function bidirectionalTaps(layer: TrackedLayer, kind: string, view: OutputView): LayerTaps {
  const parts = ['forwardLayer', 'backwardLayer'].map((name) => partOf(layer, name));
  const outputs = new Map<TrackedLayer, LayerOutput | undefined>();
  const taps = parts.map((part): Tap => {
    const read = () => outputs.get(part);
    return { suffix: `-${part.name}`, layer: part, kind, view, read };
  });
  return {
    taps,
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
