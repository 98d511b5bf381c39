import type { TrackedLayer } from './tfjs.js';

/** An activation that changes nothing, by the name under which layers fuse it with their kernel. */
const LINEAR = { apply: (x: unknown) => x, getClassName: () => 'linear' };

/** Whether a layer has an activation of its own that changes its output. */
export function hasActivation(layer: TrackedLayer): boolean {
  const activation: unknown = Reflect.get(layer, 'activation');
  if (typeof activation !== 'object' || activation === null) return false;
  const name: unknown = Reflect.get(activation, 'getClassName');
  return typeof name === 'function' && Reflect.apply(name, activation, []) !== 'linear';
}

/**
 * Runs a layer without its activation. The layer's own run has it fused with the kernel, so that its output does not tell what was before;
 * and it stays as it is, so that results are the same bits.
 */
export function withoutActivation<T>(layer: TrackedLayer, run: () => T): T {
  const activation: unknown = Reflect.get(layer, 'activation');
  Reflect.set(layer, 'activation', LINEAR);
  try {
    return run();
  } finally {
    Reflect.set(layer, 'activation', activation);
  }
}
