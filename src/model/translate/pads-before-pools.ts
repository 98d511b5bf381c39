import type { NodeProto } from '../proto/onnx_pb.js';

const POOLS: readonly (string | undefined)[] = ['MaxPool', 'AveragePool'];

/**
 * Paddings with zeros that feed a pool, straight or behind a cast. onnxruntime (1.30) takes such a Pad into the
 * pool, whose own padding is minus infinity (MaxPool) or not counted (AveragePool), which gives other numbers;
 * it leaves alone what is padded with -0.
 */
export function padsBeforePools(nodes: readonly NodeProto[]): NodeProto[] {
  const pooled = new Set(nodes.filter(({ opType }) => POOLS.includes(opType)).map(({ input }) => input[0]));
  for (const { opType, input, output } of nodes) {
    if (opType === 'Cast' && pooled.has(output[0])) pooled.add(input[0]);
  }
  return nodes.filter(
    ({ opType, input, output }) => opType === 'Pad' && input.length === 2 && pooled.has(output[0]),
  );
}
