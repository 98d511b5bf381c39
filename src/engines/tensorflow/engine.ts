import { UserError } from '../../errors.js';
import type { Engine } from '../engine.js';
import { findTensorflow } from './installation.js';
import { loadSession } from './session.js';
import { TensorflowError, TensorflowProcess } from './tensorflow-process.js';

/** TensorFlow's own kernels, by tfjs-node-gpu: on a CUDA GPU where there is one. */
export const tensorflowEngine: Engine = {
  name: 'tensorflow',
  async missing() {
    const found = findTensorflow();
    return (
      found.missing &&
      `the engine tensorflow is not installed (${found.missing}); install it with: delve setup tensorflow`
    );
  },
  async start({ threads, device }) {
    const { folder } = findTensorflow();
    if (folder === undefined) throw new Error('the engine tensorflow is not installed');
    const tensorflow = new TensorflowProcess({ folder, threads, device });
    try {
      const { answer } = await tensorflow.ask('start', {});
      if (device === 'gpu' && !answer.gpu) throw new UserError(noGpu(tensorflow.log));
      return {
        name: 'tensorflow',
        version: answer.library,
        device: answer.gpu ? 'GPU' : 'CPU',
        isGpu: answer.gpu,
        load: (model, taps, options) => loadSession(tensorflow, model, taps, options),
        close: () => tensorflow.close(),
      };
    } catch (error) {
      await tensorflow.close();
      if (!(error instanceof TensorflowError)) throw error;
      throw new UserError(
        `the engine tensorflow cannot be loaded from ${folder} (${error.message}); see delve doctor`,
        {
          cause: error,
        },
      );
    }
  },
};

function noGpu(log: readonly string[]): string {
  return `--device gpu: TensorFlow sees no GPU here (${whyNoGpu(log)}); run on the CPU with --device cpu, or see delve doctor`;
}

/** TensorFlow says in lines of its own why it sees no GPU. */
export function whyNoGpu(log: readonly string[]): string {
  const line = log.find((each) => /cuda|gpu/i.test(each));
  return line?.replace(/^.*?\] /, '').replace(/\.$/, '') ?? 'it does not say why';
}
