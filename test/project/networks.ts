import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { seededRandom, standardNormal } from '../../src/core/random.js';
import { encodeNpy } from '../../src/dump/npy.js';
import { onnxModel, onnxTensor, onnxValueInfo } from '../../src/model/onnx/build.js';
import { GraphProtoSchema, ModelProtoSchema, type NodeProto } from '../../src/model/proto/onnx_pb.js';
import { defaultPcaOptions, type PcaOptions } from '../../src/project/options.js';
import { projectModel } from '../../src/project/project-model.js';
import type { PcaResult } from '../../src/project/result.js';
import type { Dim, DType } from '../../src/tensor.js';

export interface Network {
  nodes: NodeProto[];
  /** Shapes of weights, filled with normal numbers. */
  weights: Record<string, number[]>;
  input: Dim[];
  output: { dtype?: DType; shape: Dim[] };
}

/** Writes a network from `x` to `y`, and 50 samples for it; `run` projects it. */
export function savedNetwork(folder: string, name: string, { nodes, weights, input, output }: Network) {
  const random = seededRandom(7);
  const normal = (shape: readonly number[]) => ({
    shape: [...shape],
    data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () =>
      standardNormal(random),
    ),
  });
  const graph = create(GraphProtoSchema, {
    name,
    node: nodes,
    initializer: Object.entries(weights).map(([key, shape]) =>
      onnxTensor(key, { dtype: 'float32', ...normal(shape) }),
    ),
    input: [onnxValueInfo('x', 'float32', input)],
    output: [onnxValueInfo('y', output.dtype ?? 'float32', output.shape)],
  });
  const model = join(folder, `${name}.onnx`);
  writeFileSync(model, toBinary(ModelProtoSchema, onnxModel(graph, 17, 8)));
  const x = normal([50, ...input.slice(1).map((size) => size ?? 1)]);
  const data = join(folder, `${name}.npy`);
  writeFileSync(data, encodeNpy(x));
  return {
    model,
    data,
    x,
    run: (more: Partial<PcaOptions> = {}): Promise<PcaResult> =>
      projectModel({
        ...defaultPcaOptions(),
        model,
        data,
        thresholds: [0.9],
        random: 1,
        threads: 1,
        ...more,
      }),
  };
}
