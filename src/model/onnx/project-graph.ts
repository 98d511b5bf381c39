import type { DType } from '../../tensor.js';
import type { OnnxProgram, OnnxTap } from '../model.js';
import { MADE_INSIDE, type Projection, READ_BY_NOTHING, type Unprojected } from '../projection.js';
import type { ModelProto, NodeProto } from '../proto/onnx_pb.js';
import { onnxValueInfo } from './build.js';
import { GraphEnd } from './graph-end.js';

/** A network with projections in it, and the values that have none. */
export interface ProjectedGraph {
  proto: ModelProto;
  unprojected: Unprojected;
}

/**
 * Puts projections behind values of a network: what makes a value makes `<value>/unprojected` instead, and the projection makes the value, so that all
 * that reads it, subgraphs and outputs among them, reads the projection.
 */
export function projectGraph(program: OnnxProgram, projections: readonly Projection[]): ProjectedGraph {
  const { proto, taps } = program;
  const graph = proto.graph!;
  const unprojected = new Map<string, string>();
  const read = new Set([...readIn(graph.node), ...graph.output.map(({ name }) => name)]);
  const made = new Set(graph.node.flatMap(({ output }) => output));
  const taken = new Set([...made, ...graph.initializer.map(({ name }) => name)]);
  const behind = new Map<string, { projection: Projection; tap: OnnxTap; id: string; unprojected: string }>();
  for (const [index, projection] of projections.entries()) {
    // Networks that were written with projections have such names already.
    const tap = taps.get(projection.value)!;
    if (!made.has(tap.name)) unprojected.set(projection.value, MADE_INSIDE);
    else if (!read.has(tap.name)) unprojected.set(projection.value, READ_BY_NOTHING);
    else {
      const id = freeName(`delve/projection_${index}`, (name) => taken.has(`${name}/down`));
      const unprojected = freeName(`${tap.name}/unprojected`, (name) => taken.has(name));
      behind.set(tap.name, { projection, tap, id, unprojected });
    }
  }
  const initializer = [...graph.initializer];
  const input = [...graph.input];
  const node = graph.node.flatMap((each): NodeProto[] => {
    const own = each.output.flatMap((name) => behind.get(name) ?? []);
    if (own.length === 0) return [each];
    const renamed = {
      ...each,
      output: each.output.map((name) => behind.get(name)?.unprojected ?? name),
    };
    const added = own.flatMap(({ projection, tap, id, unprojected }) => {
      const end = new GraphEnd(proto);
      project(end, id, projection, tap, unprojected);
      // A node is named for its output, which here may be the name of a node of the network.
      end.nodes.at(-1)!.name = `${id}/projection`;
      initializer.push(...end.initializers);
      input.push(onnxValueInfo(projection.mean, 'float32', [projection.d]));
      input.push(onnxValueInfo(projection.basis, 'float32', [null, projection.d]));
      return end.nodes;
    });
    return [renamed, ...added];
  });
  return { proto: { ...proto, graph: { ...graph, node, input, initializer } }, unprojected };
}

function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name;
  for (let n = 2; isTaken(free); n++) free = `${name}_${n}`;
  return free;
}

/** Every name that nodes read, those inside of loops and branches included. */
function readIn(nodes: readonly NodeProto[]): string[] {
  return nodes.flatMap(({ input, attribute }) => [
    ...input,
    ...attribute
      .flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs))
      .flatMap(({ node, output }) => [...readIn(node), ...output.flatMap(({ name }) => name ?? [])]),
  ]);
}

function project(
  end: GraphEnd,
  id: string,
  projection: Projection,
  { name, channelsFirst }: OnnxTap,
  unprojected: string,
): void {
  const { dtype, rank, d } = projection;
  const wide: DType = dtype === 'float64' ? 'float64' : 'float32';
  const cast = (part: string, value: string, from: DType, to: DType) =>
    from === to ? value : end.add(`${id}/${part}`, 'Cast', [value], { to: { type: to } });
  const value = cast('wide', unprojected, dtype, wide);
  const mean = cast('wide_mean', projection.mean, 'float32', wide);
  const basis = cast('wide_basis', projection.basis, 'float32', wide);
  const turned = end.add(`${id}/turned_basis`, 'Transpose', [basis], { perm: { ints: [1, 0] } });
  // The last node has to bear the value's own name.
  const finish = (opType: string, inputs: readonly string[], attributes = {}) =>
    dtype === wide
      ? end.add(name, opType, inputs, attributes)
      : end.add(name, 'Cast', [end.add(`${id}/result`, opType, inputs, attributes)], { to: { type: dtype } });

  const first = channelsFirst || projection.axes.features === 'first';
  // Convolutions of 1 x 1 need no transposition; onnxruntime has none of float64.
  if (first && rank > 2 && wide === 'float32') {
    const ones = Array.from({ length: rank - 2 }, () => 1);
    const reshaped = (part: string, of: string, shape: readonly number[]) =>
      end.add(`${id}/${part}`, 'Reshape', [of, end.ints(`${id}/${part}_shape`, shape)]);
    const centre = reshaped('mean', mean, [d, ...ones]);
    const centred = end.add(`${id}/centred`, 'Sub', [value, centre]);
    const down = end.add(`${id}/down`, 'Conv', [centred, reshaped('down_kernel', basis, [-1, d, ...ones])]);
    const up = end.add(`${id}/up`, 'Conv', [down, reshaped('up_kernel', turned, [d, -1, ...ones])]);
    finish('Add', [up, centre]);
    return;
  }
  const { order, merged } = layoutOf(projection, first);
  const isTurned = order.some((axis, at) => axis !== at);
  const last = isTurned ? end.add(`${id}/turned`, 'Transpose', [value], { perm: { ints: order } }) : value;
  const flat =
    merged === 1
      ? last
      : end.add(`${id}/flat`, 'Reshape', [
          last,
          end.ints(`${id}/flat_shape`, [...Array.from({ length: rank - merged }, () => 0), -1]),
        ]);
  const centred = end.add(`${id}/centred`, 'Sub', [flat, mean]);
  const down = end.add(`${id}/down`, 'MatMul', [centred, turned]);
  const up = end.add(`${id}/up`, 'MatMul', [down, basis]);
  if (!isTurned && merged === 1) {
    finish('Add', [up, mean]);
    return;
  }
  const projected = end.add(`${id}/projected`, 'Add', [up, mean]);
  const back = (inputs: readonly string[]) => ['Reshape', inputs] as const;
  const shaped = merged === 1 ? undefined : back([projected, end.add(`${id}/shape`, 'Shape', [last])]);
  if (!isTurned) {
    finish(...shaped!);
    return;
  }
  const whole = shaped ? end.add(`${id}/whole`, ...shaped) : projected;
  const inverse = order.map((_, axis) => order.indexOf(axis));
  finish('Transpose', [whole], { perm: { ints: inverse } });
}

/** The order of axes that has the features last, and how many axes they are. */
function layoutOf({ rank, axes }: Projection, first: boolean): { order: number[]; merged: number } {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  if (axes.features === 'onnx-recurrent') return { order: [0, 2, 1, 3], merged: 2 };
  if (first) return { order: [0, ...all.slice(2), ...all.slice(1, 2)], merged: 1 };
  return { order: all, merged: axes.features === 'last' ? axes.mergedFeatureAxes : 1 };
}
