import { DataType } from '../proto/tensorflow_pb.js';
import { boolAttr, shapeAttr, textAttr, typeAttr } from './attr.js';
import type { GraphWriter } from './graph-writer.js';
import { type Stripe, stripesOf } from './stripes.js';

const { DT_DOUBLE, DT_INT32 } = DataType;

/** Nodes that keep the moments of a layer's points in variables of the session. */
export interface MomentNodes {
  /** Values that are computed of a batch's points before any variable changes. */
  computed: string[];
  /** Adds the nodes that take them over, once everything that `after` stands for has been computed. @returns their names */
  assign(after: string): string[];
  /** Nodes that forget all points. */
  reset: string[];
  /** Number of points and of features of the batch, a vector of two int32. */
  size: string;
  /** Variables that hold what was gathered: the number of points, their mean (1, d), the upper part of their scatter matrix in stripes. */
  handles: string[];
}

/**
 * Merges rows (n, d) of float64 into a mean and a scatter matrix that stay in the session, by the formula of Chan, Golub &
 * LeVeque (1983): S = S_a + S_b + (n_a n_b / n)(m_b - m_a)(m_b - m_a)^T, each batch centred on its own mean.
 *
 * The variables begin as scalars of zero, which broadcast: d need not be known. Batches without rows change nothing.
 *
 * @param features d, if it is known before the run
 */
export function addMoments(
  graph: GraphWriter,
  name: string,
  rows: string,
  features: number | null,
): MomentNodes {
  const op = (part: string, type: string, inputs: string[]) =>
    graph.float64Op(`${name}/${part}`, type, inputs);
  const n = variable(graph, `${name}/n`);
  const mean = variable(graph, `${name}/mean`);

  const size = graph.shape(`${name}/size`, rows, DT_DOUBLE);
  const length = graph.slice(`${name}/length`, size, DT_INT32, [{ begin: 0, shrink: true }]);
  const count = graph.cast(`${name}/count`, length, DT_INT32, DT_DOUBLE);
  const one = graph.float64(1);
  const sum = graph.reduce(`${name}/sum`, 'Sum', rows, DT_DOUBLE, [0], true);
  const batchMean = op('batch_mean', 'RealDiv', [sum, op('divisor', 'Maximum', [count, one])]);
  const centred = op('centred', 'Sub', [rows, batchMean]);

  const total = op('total', 'AddV2', [n.value, count]);
  const share = op('share', 'RealDiv', [count, op('total_divisor', 'Maximum', [total, one])]);
  const delta = op('delta', 'Sub', [batchMean, mean.value]);
  const newMean = op('new_mean', 'AddV2', [mean.value, op('step', 'Mul', [delta, share])]);
  const weighted = op('weighted', 'Mul', [delta, op('weight', 'Mul', [n.value, share])]);

  const stripes = stripesOf(features).map((stripe, i): [Variable, string] => {
    const scatter = variable(graph, `${name}/scatter_${i}`);
    const part = `${name}/stripe_${i}`;
    const inside = product(graph, `${part}/inside`, centred, centred, stripe);
    const between = product(graph, `${part}/between`, weighted, delta, stripe);
    const added = graph.float64Op(`${part}/added`, 'AddV2', [inside, between]);
    return [scatter, graph.float64Op(`${part}/new`, 'AddV2', [added, scatter.value])];
  });
  const updates: [Variable, string][] = [[n, total], [mean, newMean], ...stripes];
  return {
    computed: updates.map(([, value]) => value),
    assign: (after) =>
      updates.map(([target, value]) =>
        graph.node(`${target.name}/assign`, 'AssignVariableOp', [target.handle, value, `^${after}`], {
          dtype: typeAttr(DT_DOUBLE),
        }),
      ),
    reset: updates.map(([each]) => each.reset),
    size,
    handles: updates.map(([each]) => each.handle),
  };
}

/** A stripe of a^T b: the rows of its features, the columns from its first feature on. */
function product(graph: GraphWriter, name: string, a: string, b: string, { begin, end }: Stripe): string {
  const columns = (part: string, value: string, range: { begin?: number; end?: number }) =>
    range.begin === undefined && range.end === undefined
      ? value
      : graph.slice(`${name}/${part}`, value, DT_DOUBLE, [{}, range]);
  const first = begin === 0 ? {} : { begin };
  const left = columns('left', a, end === undefined ? first : { ...first, end });
  return graph.float64Op(name, 'MatMul', [left, columns('right', b, first)], {
    transpose_a: boolAttr(true),
    transpose_b: boolAttr(false),
  });
}

interface Variable {
  name: string;
  handle: string;
  /** What it holds before the step. */
  value: string;
  reset: string;
}

function variable(graph: GraphWriter, name: string): Variable {
  const dtype = typeAttr(DT_DOUBLE);
  const handle = graph.add(`${name}/handle`, 'VarHandleOp', [], {
    dtype,
    shape: shapeAttr(undefined),
    shared_name: textAttr(name),
    container: textAttr(''),
  });
  const value = graph.add(`${name}/value`, 'ReadVariableOp', [handle], { dtype });
  const reset = graph.node(`${name}/reset`, 'AssignVariableOp', [handle, graph.float64(0)], { dtype });
  return { name, handle, value, reset };
}
