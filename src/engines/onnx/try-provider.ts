import { create, toBinary } from '@bufbuild/protobuf';
import { onnxModel, onnxNode, onnxValueInfo } from '../../model/onnx/build.js';
import { GraphProtoSchema, ModelProtoSchema } from '../../model/proto/onnx_pb.js';
import { IR_VERSION, OPSET } from '../../model/translate/kernels.js';
import { runtimeOptions } from './create-session.js';
import type { Provider } from './placements.js';
import type { OnnxRuntime } from './runtime.js';

/** Whether a provider works here: why it does not, in its own words, or undefined. */
export async function whyNot({ ort }: OnnxRuntime, provider: Provider): Promise<string | undefined> {
  try {
    const session = await ort.InferenceSession.create(
      sumModel(),
      runtimeOptions({ provider, threads: 1, optimize: false }),
    );
    const x = new ort.Tensor('float32', Float32Array.of(1, 2), [2]);
    await session.run({ x });
    await session.release();
    return undefined;
  } catch (error) {
    return plainReason((error as Error).message);
  }
}

/** What onnxruntime says, without the place in its source that it says first. */
export function plainReason(message: string): string {
  return message
    .split('\n')[0]!
    .replace(/^.*was false\. /, '')
    .replace(/^.*onnxruntime::\S+\(.*?\) /, '');
}

/** A network that adds its input to itself. */
export function sumModel(): Uint8Array {
  const graph = create(GraphProtoSchema, {
    name: 'sum',
    node: [onnxNode('Add', ['x', 'x'], ['y'])],
    input: [onnxValueInfo('x', 'float32', [2])],
    output: [onnxValueInfo('y', 'float32', [2])],
  });
  return toBinary(ModelProtoSchema, onnxModel(graph, OPSET, IR_VERSION));
}
