import { create, toBinary } from '@bufbuild/protobuf';
import { onnxModel, onnxNode, onnxTensor, onnxValueInfo } from '../../src/model/onnx/build.js';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
} from '../../src/model/proto/onnx_pb.js';
import type { tf } from './tensorflow.js';

/**
 * A sequential network of convolutions, flattening and dense layers as an ONNX file, with the same weights. As PyTorch has it channels come
 * first inside; what comes in and what is flattened has them last.
 */
export function onnxFile(model: tf.Sequential): Uint8Array {
  const nodes: NodeProto[] = [];
  const weights: TensorProto[] = [];
  let value = 'image';
  let isFirst = false;
  const add = (op: string, inputs: string[], attributes: Parameters<typeof onnxNode>[3] = {}) => {
    const output = `value${nodes.length}`;
    nodes.push(onnxNode(op, inputs, [output], attributes));
    value = output;
  };
  const turn = (perm: number[], to: boolean) => {
    if (isFirst !== to) add('Transpose', [value], { perm: { ints: perm } });
    isFirst = to;
  };
  for (const layer of model.layers) {
    const config = layer.getConfig();
    const [kernel, bias] = layer.getWeights();
    const store = (part: string, tensor: tf.Tensor) => {
      const name = `${layer.name}.${part}`;
      weights.push(
        onnxTensor(name, {
          dtype: 'float32',
          shape: tensor.shape,
          data: tensor.dataSync().slice() as Float32Array,
        }),
      );
      return name;
    };
    if (layer.getClassName() === 'Conv2D') {
      turn([0, 3, 1, 2], true);
      const [stride = 1] = config.strides as number[];
      add('Conv', [value, store('weight', kernel!.transpose([3, 2, 0, 1])), store('bias', bias!)], {
        strides: { ints: [stride, stride] },
      });
    } else if (layer.getClassName() === 'Dense') {
      add('Gemm', [value, store('weight', kernel!.transpose()), store('bias', bias!)], {
        transB: { int: 1 },
      });
    } else if (layer.getClassName() === 'Flatten') {
      turn([0, 2, 3, 1], false);
      add('Flatten', [value]);
    }
    if (config.activation === 'relu') add('Relu', [value]);
    if (config.activation === 'softmax') add('Softmax', [value]);
  }
  const graph = create(GraphProtoSchema, {
    name: 'net',
    node: nodes,
    initializer: weights,
    input: [onnxValueInfo('image', 'float32', [null, ...(model.inputs[0]!.shape.slice(1) as number[])])],
    output: [onnxValueInfo(value, 'float32', [null, ...(model.outputs[0]!.shape.slice(1) as number[])])],
  });
  return toBinary(ModelProtoSchema, onnxModel(graph, 17, 8));
}
