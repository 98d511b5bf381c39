import { create, toBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import type { PointAxes } from '../../src/core/points-axes.js';
import { randomDirections } from '../../src/core/projection.js';
import { seededRandom, standardNormal } from '../../src/core/random.js';
import { loadRuntime } from '../../src/engines/onnx/runtime.js';
import { onnxModel, onnxNode, onnxValueInfo } from '../../src/model/onnx/build.js';
import { projectGraph } from '../../src/model/onnx/project-graph.js';
import { MADE_INSIDE, type Projection, READ_BY_NOTHING } from '../../src/model/projection.js';
import { GraphProtoSchema, ModelProtoSchema, type NodeProto } from '../../src/model/proto/onnx_pb.js';
import type { DType } from '../../src/tensor.js';

const KEPT = 2;
const LAST: PointAxes = { features: 'last', mergedFeatureAxes: 1 };

/** A value that a node makes of the input, and how it is read. */
interface Value {
  shape: number[];
  axes: PointAxes;
  channelsFirst?: boolean;
  dtype?: DType;
}

/** Axes that hold the features of a point. */
function featureAxes({ shape, axes, channelsFirst = false }: Value): number[] {
  if (axes.features === 'onnx-recurrent') return [1, 3];
  if (channelsFirst || axes.features === 'first') return [1];
  return shape.map((_, axis) => axis).slice(-axes.mergedFeatureAxes);
}

/** For each number of the value: which point it belongs to, and which of its features it is. */
function placesOf(value: Value): { point: string; feature: number }[] {
  const { shape } = value;
  const own = featureAxes(value);
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => {
    let rest = at;
    const index = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    const feature = own.reduce((sum, axis) => sum * shape[axis]! + index[axis]!, 0);
    return { point: index.filter((_, axis) => !own.includes(axis)).join(), feature };
  });
}

/** mean + (v - mean) E^T E, point by point. */
function projected(value: Value, data: Float64Array, mean: Float32Array, basis: Float32Array): Float64Array {
  const d = mean.length;
  const places = placesOf(value);
  const points = new Map<string, Float64Array>();
  for (const [at, { point, feature }] of places.entries()) {
    if (!points.has(point)) points.set(point, new Float64Array(d));
    points.get(point)![feature] = data[at]! - mean[feature]!;
  }
  const results = new Map(
    [...points].map(([point, centred]) => {
      const result = Float64Array.from(mean);
      for (let row = 0; row < basis.length / d; row++) {
        let dot = 0;
        for (let i = 0; i < d; i++) dot += centred[i]! * basis[row * d + i]!;
        for (let i = 0; i < d; i++) result[i] = result[i]! + dot * basis[row * d + i]!;
      }
      return [point, result];
    }),
  );
  return Float64Array.from(places, ({ point, feature }) => results.get(point)![feature]!);
}

function normal(length: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, () => standardNormal(random));
}

function partsFor(value: Value): { d: number; mean: Float32Array; basis: Float32Array } {
  const d = featureAxes(value).reduce((product, axis) => product * value.shape[axis]!, 1);
  const basis = Float32Array.from(randomDirections(KEPT, d, seededRandom(3)));
  return { d, mean: Float32Array.from(normal(d, 2)), basis };
}

function projectionOf(name: string, value: Value): Projection {
  const { shape, axes, dtype = 'float32' } = value;
  const names = { id: 'delve', mean: 'delve/mean', basis: 'delve/directions' };
  return { value: name, rank: shape.length, axes, d: partsFor(value).d, dtype, ...names };
}

function programOf(nodes: NodeProto[], outputs: string[], tapped: string, value: Value) {
  const free = value.shape.map(() => null);
  const graph = create(GraphProtoSchema, {
    name: 'test',
    node: nodes,
    input: [onnxValueInfo('x', 'float32', free), onnxValueInfo('yes', 'bool', [])],
    output: outputs.map((name) => onnxValueInfo(name, 'float32', undefined)),
  });
  const taps = new Map([[tapped, { name: tapped, channelsFirst: value.channelsFirst ?? false }]]);
  return { proto: onnxModel(graph, 17, 8), folder: undefined, taps, batchFirst: true, notes: [] };
}

/** What onnxruntime gives of `asked`, for an input of normal numbers, with the projection in the graph. */
async function run(nodes: NodeProto[], asked: string, tapped: string, value: Value) {
  const program = programOf(nodes, [asked], tapped, value);
  const { proto, unprojected } = projectGraph(program, [projectionOf(tapped, value)]);
  const { ort } = loadRuntime();
  const session = await ort.InferenceSession.create(toBinary(ModelProtoSchema, proto));
  const data = normal(
    value.shape.reduce((a, b) => a * b, 1),
    1,
  );
  const { d, mean, basis } = partsFor(value);
  const results = await session.run({
    x: new ort.Tensor('float32', Float32Array.from(data), value.shape),
    yes: new ort.Tensor('bool', [true], []),
    'delve/mean': new ort.Tensor('float32', mean, [d]),
    'delve/directions': new ort.Tensor('float32', basis, [KEPT, d]),
  });
  const { data: found, dims } = results[asked]!;
  return { found, dims, expected: projected(value, data, mean, basis), unprojected };
}

function largestDifference(found: unknown, expected: Float64Array): number {
  expect(found).toBeInstanceOf(Float32Array);
  const own = found instanceof Float32Array ? found : new Float32Array();
  expect(own).toHaveLength(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - own[i]!)), 0);
}

const identity = [onnxNode('Identity', ['x'], ['made']), onnxNode('Identity', ['made'], ['y'])];

it.each<[string, Value]>([
  ['a matrix', { shape: [5, 6], axes: LAST }],
  ['a series', { shape: [3, 4, 6], axes: LAST }],
  [
    'a series with steps first',
    { shape: [4, 3, 6], axes: { features: 'last', mergedFeatureAxes: 1, stepsFirst: true } },
  ],
  ['a map, channels last', { shape: [2, 3, 4, 5], axes: LAST }],
  ['heads and their sizes', { shape: [2, 3, 4, 2], axes: { features: 'last', mergedFeatureAxes: 2 } }],
  ['a matrix whose features are first', { shape: [5, 6], axes: { features: 'first' } }],
  ['a line, channels first', { shape: [2, 6, 5], axes: { features: 'first' } }],
  ['a map, channels first', { shape: [2, 6, 3, 4], axes: { features: 'first' } }],
  ['a volume, channels first', { shape: [2, 6, 3, 2, 4], axes: { features: 'first' } }],
  ['a map that was turned to channels first', { shape: [2, 6, 3, 4], axes: LAST, channelsFirst: true }],
  ['a line that was turned to channels first', { shape: [2, 6, 5], axes: LAST, channelsFirst: true }],
  ['the Y of a recurrent node', { shape: [4, 2, 3, 5], axes: { features: 'onnx-recurrent' } }],
])('%s is projected point by point', async (_, value) => {
  const { found, dims, expected } = await run(identity, 'y', 'made', value);
  expect(dims).toEqual(value.shape);
  expect(largestDifference(found, expected)).toBeLessThan(2e-6);
});

it.each<[DType, Value, number]>([
  ['float64', { shape: [5, 6], axes: LAST }, 2e-6],
  ['float64', { shape: [2, 6, 3, 4], axes: { features: 'first' } }, 2e-6],
  ['float64', { shape: [4, 2, 3, 5], axes: { features: 'onnx-recurrent' } }, 2e-6],
  ['float16', { shape: [5, 6], axes: LAST }, 4e-3],
  ['float16', { shape: [2, 3, 4, 2], axes: { features: 'last', mergedFeatureAxes: 2 } }, 4e-3],
  ['float16', { shape: [2, 6, 3, 4], axes: { features: 'first' } }, 4e-3],
])('%s stays what it is, in %o', async (dtype, value, bound) => {
  const nodes = [
    onnxNode('Cast', ['x'], ['made'], { to: { type: dtype } }),
    // Takes no other type than what stands there.
    onnxNode('CastLike', ['x', 'made'], ['like']),
    onnxNode('Add', ['made', 'like'], ['sum']),
    onnxNode('Sub', ['sum', 'like'], ['difference']),
    onnxNode('Cast', ['difference'], ['y'], { to: { type: 'float32' } }),
  ];
  const { found, expected } = await run(nodes, 'y', 'made', { ...value, dtype });
  expect(largestDifference(found, expected)).toBeLessThan(bound);
});

it('an output of the network itself is projected under its own name', async () => {
  const value: Value = { shape: [2, 6, 3, 4], axes: { features: 'first' } };
  const { found, expected } = await run([onnxNode('Identity', ['x'], ['made'])], 'made', 'made', value);
  expect(largestDifference(found, expected)).toBeLessThan(2e-6);
});

it('a branch that reads the value from outside reads the projection', async () => {
  const branch = (name: string, node: NodeProto) =>
    create(GraphProtoSchema, {
      name,
      node: [node],
      output: [onnxValueInfo(node.output[0]!, 'float32', undefined)],
    });
  const nodes = [
    onnxNode('Identity', ['x'], ['made']),
    onnxNode('If', ['yes'], ['y'], {
      then_branch: { graph: branch('then', onnxNode('Identity', ['made'], ['inside'])) },
      else_branch: { graph: branch('else', onnxNode('Neg', ['x'], ['other'])) },
    }),
  ];
  const { found, expected, unprojected } = await run(nodes, 'y', 'made', { shape: [5, 6], axes: LAST });
  expect(unprojected).toEqual(new Map());
  expect(largestDifference(found, expected)).toBeLessThan(2e-6);
  const inside = programOf(nodes, ['y'], 'inside', { shape: [5, 6], axes: LAST });
  const refused = projectGraph(inside, [projectionOf('inside', { shape: [5, 6], axes: LAST })]);
  expect(refused.unprojected).toEqual(new Map([['inside', MADE_INSIDE]]));
  expect(refused.proto).toEqual(inside.proto);
});

it('of a value that nothing reads there is no projection', () => {
  const value: Value = { shape: [5, 6], axes: LAST };
  const nodes = [onnxNode('Neg', ['x'], ['made']), onnxNode('Identity', ['x'], ['y'])];
  const program = programOf(nodes, ['y'], 'made', value);
  const { proto, unprojected } = projectGraph(program, [projectionOf('made', value)]);
  expect(unprojected).toEqual(new Map([['made', READ_BY_NOTHING]]));
  expect(proto).toEqual(program.proto);
});
