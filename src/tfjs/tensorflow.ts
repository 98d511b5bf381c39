import { createRequire } from 'node:module';
import { UserError } from '../errors.js';

// Declarations of this file name types of TensorFlow.js: none that are exported by the library may come from it.

/** TensorFlow.js as its own types have it. */
export type TensorFlowModule = typeof import('@tensorflow/tfjs');

let chosen: TensorFlowModule | undefined;

/** TensorFlow.js as it is imported. @throws UserError for what is something else */
export function asTensorFlow(tf: unknown): TensorFlowModule {
  if (isTensorFlow(tf)) return tf;
  throw new UserError("this is not TensorFlow.js; hand in all of it: import * as tf from '@tensorflow/tfjs'");
}

/** Whatever was installed: this one is built on from now on. @throws UserError for what is something else */
export function chooseTensorFlow(tf: unknown): void {
  chosen = asTensorFlow(tf);
}

/** The TensorFlow.js to build on, loaded when it is first needed. @throws UserError if there is none */
export function tensorFlow(): TensorFlowModule {
  chosen ??= installed();
  return chosen;
}

/** A `require` and no `import`, as layers are constructed without waiting; both give the same copy. */
function installed(): TensorFlowModule {
  try {
    return asTensorFlow(createRequire(import.meta.url)('@tensorflow/tfjs'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')) throw error;
    throw new UserError(
      'TensorFlow.js is not installed beside delve-saturation: npm install @tensorflow/tfjs, or hand yours in with useTensorFlow(tf)',
    );
  }
}

function isTensorFlow(value: unknown): value is TensorFlowModule {
  if (typeof value !== 'object' || value === null) return false;
  const layers: unknown = Reflect.get(value, 'layers');
  const parts = [
    Reflect.get(value, 'Callback'),
    Reflect.get(value, 'tidy'),
    Reflect.get(layers ?? {}, 'Layer'),
  ];
  return parts.every((part) => typeof part === 'function');
}
