import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  DataType,
  type NodeDef,
  SavedModelSchema,
  type SignatureDef,
  SignatureDefSchema,
} from '../model/proto/tensorflow_pb.js';
import {
  float32Attr,
  intsAttr,
  shapeAttr,
  shapeProto,
  textAttr,
  typeAttr,
} from '../model/tensorflow/attr.js';
import { GraphWriter } from '../model/tensorflow/graph-writer.js';
import type { Tensor } from '../tensor.js';

const SIZE = 32;
const FLOAT = typeAttr(DataType.DT_FLOAT);

/** Does something with a SavedModel of two convolutions and a dense layer, in a folder that is there for as long. */
export async function withSampleModel<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'delve-sample-'));
  try {
    await writeFile(join(folder, 'saved_model.pb'), sampleModel());
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Samples for it, the same ones each time. */
export function sampleImages(count: number): Tensor {
  const shape = [count, SIZE, SIZE, 3];
  return { dtype: 'float32', shape, data: noise(count * SIZE * SIZE * 3, 1, 1) };
}

function sampleModel(): Uint8Array {
  const graph = new GraphWriter([]);
  const x = graph.add('x', 'Placeholder', [], { dtype: FLOAT, shape: shapeAttr([null, SIZE, SIZE, 3]) });
  const stem = convolution(graph, 'stem', x, 3, 32);
  const pooled = graph.add('pool/MaxPool', 'MaxPool', [stem], {
    T: FLOAT,
    ksize: intsAttr([1, 2, 2, 1]),
    strides: intsAttr([1, 2, 2, 1]),
    padding: textAttr('SAME'),
    data_format: textAttr('NHWC'),
  });
  const body = convolution(graph, 'body', pooled, 32, 64);
  const means = graph.reduce('means/Mean', 'Mean', body, DataType.DT_FLOAT, [1, 2]);
  const product = graph.add('head/MatMul', 'MatMul', [means, weight(graph, 'head/kernel', [64, 10])], {
    T: FLOAT,
  });
  const y = biased(graph, 'head', product, 10);
  return savedModel(graph.nodes, x, y);
}

function convolution(graph: GraphWriter, name: string, x: string, from: number, to: number): string {
  const kernel = weight(graph, `${name}/kernel`, [3, 3, from, to]);
  const product = graph.add(`${name}/Conv2D`, 'Conv2D', [x, kernel], {
    T: FLOAT,
    strides: intsAttr([1, 1, 1, 1]),
    padding: textAttr('SAME'),
    data_format: textAttr('NHWC'),
  });
  return graph.add(`${name}/Relu`, 'Relu', [biased(graph, name, product, to)], { T: FLOAT });
}

function biased(graph: GraphWriter, name: string, value: string, features: number): string {
  return graph.add(`${name}/BiasAdd`, 'BiasAdd', [value, weight(graph, `${name}/bias`, [features])], {
    T: FLOAT,
    data_format: textAttr('NHWC'),
  });
}

/** Numbers of the size that keeps the spread of what goes through. */
function weight(graph: GraphWriter, name: string, shape: readonly number[]): string {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const inputs = shape.length > 1 ? size / shape.at(-1)! : 100;
  const value = float32Attr(shape, noise(size, name.length + size, Math.sqrt(2 / inputs)));
  return graph.add(name, 'Const', [], { dtype: FLOAT, value });
}

/** Numbers that are uniform about zero, of the given standard deviation: a linear congruential generator. */
function noise(count: number, seed: number, deviation: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * Math.sqrt(3) * deviation;
  });
}

function savedModel(node: NodeDef[], x: string, y: string): Uint8Array {
  return toBinary(
    SavedModelSchema,
    create(SavedModelSchema, {
      savedModelSchemaVersion: 1n,
      metaGraphs: [
        {
          metaInfoDef: { tags: ['serve'] },
          graphDef: { node },
          signatureDef: { serving_default: signature(x, y) },
        },
      ],
    }),
  );
}

function signature(x: string, y: string): SignatureDef {
  const info = (name: string, shape: (number | null)[]) => ({
    encoding: { case: 'name' as const, value: name },
    dtype: DataType.DT_FLOAT,
    tensorShape: shapeProto(shape),
  });
  return create(SignatureDefSchema, {
    inputs: { x: info(x, [null, SIZE, SIZE, 3]) },
    outputs: { y: info(y, [null, 10]) },
    methodName: 'tensorflow/serving/predict',
  });
}
