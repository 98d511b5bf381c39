import { DataType } from '../proto/tensorflow_pb.js';
import { intAttr, shapeAttr, typeAttr } from './attr.js';
import type { GraphWriter } from './graph-writer.js';

const { DT_BOOL, DT_DOUBLE, DT_INT32 } = DataType;

/** How the moments of one of many layers are read. */
export interface MomentReads {
  /** The placeholder of int32 that says which. */
  index: string;
  /** Float64 as pairs of int32: the number of points, their mean (1, d), the stripes of their scatter matrix; stripes that it has not are zero. */
  values: string[];
}

/**
 * Values that hold the variables of the layer that is asked for. What is asked for has to be the same for every layer: TensorFlow prepares
 * its graph anew for each set of values that a run gives.
 *
 * @param handles of each layer: number of points, mean, stripes
 */
export function addReads(
  graph: GraphWriter,
  handles: readonly (readonly string[])[],
): MomentReads | undefined {
  if (handles.length === 0) return undefined;
  const index = graph.add('delve/read/index', 'Placeholder', [], {
    dtype: typeAttr(DT_INT32),
    shape: shapeAttr([]),
  });
  const merged = Array.from({ length: Math.max(...handles.map((each) => each.length)) }, (): string[] => []);
  for (const [i, own] of handles.entries()) {
    const name = `delve/read/${i}`;
    const asked = graph.add(`${name}/asked`, 'Equal', [index, graph.int32(i)], { T: typeAttr(DT_INT32) });
    const both = graph.node(`${name}/switch`, 'Switch', [asked, asked], { T: typeAttr(DT_BOOL) });
    const alive = graph.node(`${name}/alive`, 'Identity', [`${both}:1`], { T: typeAttr(DT_BOOL) });
    for (const [part, values] of merged.entries()) {
      const handle = own[part];
      values.push(
        handle === undefined
          ? graph.float64Op(`${name}/none`, 'Identity', [graph.float64(0), `^${alive}`])
          : graph.add(`${name}/part`, 'ReadVariableOp', [handle, `^${alive}`], {
              dtype: typeAttr(DT_DOUBLE),
            }),
      );
    }
  }
  const values = merged.map((inputs, part) => {
    const value = graph.float64Op(`delve/read/value_${part}`, 'Merge', inputs, { N: intAttr(inputs.length) });
    // The binding hands out no float64: its bits go as pairs of int32.
    return graph.bitcast(`delve/read/bits_${part}`, value, DT_DOUBLE, DT_INT32);
  });
  return { index, values };
}
