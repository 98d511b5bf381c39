import { UserError } from '../../errors.js';
import { mayHaveCudaGpu } from '../cuda.js';
import type { Engine, EngineOptions, RunningEngine } from '../engine.js';
import { findOnnx } from './installation.js';
import type { Provider } from './placements.js';
import { loadRuntime, type OnnxRuntime } from './runtime.js';
import { loadSession } from './session.js';
import { whyNot } from './try-provider.js';

/** onnxruntime's native library: on the CPU, which works wherever npm's package is, or on a GPU. */
export const onnxEngine: Engine = {
  name: 'onnx',
  async missing() {
    try {
      loadRuntime(hasCuda());
      return undefined;
    } catch (error) {
      const [reason] = (error as Error).message.split('\n');
      return `the engine onnx cannot be loaded (${reason}); install it with: delve setup onnx`;
    }
  },
  async start(options) {
    const { device } = options;
    const runtime = loadRuntime(device !== 'cpu' && hasCuda());
    if (device === 'cpu') return running(runtime, 'cpu', options);
    const cuda = runtime.installation.cuda && (await whyNot(runtime, 'cuda'));
    if (runtime.installation.cuda && cuda === undefined) return running(runtime, 'cuda', options);
    // A GPU that is there may be slower than the CPU, or be known to this provider alone: it is taken where it is asked for.
    if (device === 'auto') return running(runtime, 'cpu', options);
    const webgpu = await whyNot(runtime, 'webgpu');
    if (webgpu === undefined) return running(runtime, 'webgpu', options);
    const reasons = [...(cuda === undefined ? [] : [`CUDA: ${cuda}`]), `WebGPU: ${webgpu}`];
    throw new UserError(
      `--device gpu: onnxruntime finds no GPU that it can use (${reasons.join('; ')}); run on the CPU with --device cpu, or see delve doctor`,
    );
  },
};

/** CUDA's provider was set up, and there may be a GPU for it. */
function hasCuda(): boolean {
  return mayHaveCudaGpu() && findOnnx().some(({ cuda }) => cuda !== undefined);
}

const DEVICES: Record<Provider, string> = { cpu: 'CPU', webgpu: 'GPU (WebGPU)', cuda: 'GPU (CUDA)' };

function running(
  { ort, installation }: OnnxRuntime,
  provider: Provider,
  { threads }: EngineOptions,
): RunningEngine {
  return {
    name: 'onnx',
    version: installation.version,
    device: DEVICES[provider],
    isGpu: provider !== 'cpu',
    load: (model, taps, options) =>
      loadSession(ort, model, taps, {
        ...options,
        threads,
        provider,
        reduce: provider === 'cuda' && !options.handOut,
      }),
    async close() {},
  };
}
