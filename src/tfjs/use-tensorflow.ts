import { chooseTensorFlow } from './tensorflow.js';

/** TensorFlow.js, `import * as tf from '@tensorflow/tfjs'` or `'@tensorflow/tfjs-node'`, as far as the library builds on it. */
export interface TensorFlow {
  version: object;
  layers: { Layer: abstract new (...args: never[]) => object };
  Callback: abstract new (...args: never[]) => object;
  serialization: object;
}

/**
 * Says which TensorFlow.js the library is to build its layers and callbacks on. Where this is not called it is the `@tensorflow/tfjs` that
 * is installed beside the library, which `@tensorflow/tfjs-node` is made of, too.
 *
 * @throws UserError for what is not TensorFlow.js
 */
export function useTensorFlow(tf: TensorFlow): void {
  chooseTensorFlow(tf);
}
