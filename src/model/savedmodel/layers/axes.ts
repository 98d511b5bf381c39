import type { PointAxes } from '../../../core/points-axes.js';
import type { Dim } from '../../../tensor.js';
import type { GraphNode } from '../../graph.js';
import type { KernelUse } from './operations.js';

/**
 * How the output of a kernel's use is laid out; undefined where its features are not its last axes.
 * @param shape the tapped value's
 * @param turned whether it was turned from channels last to channels first on its way to the tap
 */
export function axesOf(
  use: KernelUse,
  shape: readonly Dim[] | undefined,
  turned: boolean,
): PointAxes | undefined {
  if (use.family === 'convolution') {
    return turned || layoutOf(use.node).startsWith('NC')
      ? { features: 'first' }
      : { features: 'last', mergedFeatureAxes: 1 };
  }
  if (use.node.op === 'Einsum') return merging(einsumFeatures(use));
  // With its kernel on the left, a product's features are its rows.
  return use.node.inputs[0] === use.operand ? undefined : merging(mergedByReshape(use, shape));
}

function merging(mergedFeatureAxes: number | undefined): PointAxes | undefined {
  return mergedFeatureAxes === undefined ? undefined : { features: 'last', mergedFeatureAxes };
}

/** The shape that a use of a kernel surely has, where the file notes none: its number of features. */
export function leastShape(use: KernelUse): readonly Dim[] | undefined {
  const { shape } = use.kernel;
  if (use.family === 'convolution') {
    const features =
      use.term === 'depthwise-conv'
        ? shape.at(-1)! * shape.at(-2)!
        : use.term === 'conv'
          ? shape.at(-1)!
          : shape.at(-2)!;
    const positions = new Array<null>(use.node.op.includes('3D') ? 3 : 2).fill(null);
    return layoutOf(use.node).startsWith('NC')
      ? [null, features, ...positions]
      : [null, ...positions, features];
  }
  if (use.node.op !== 'MatMul' || shape.length !== 2) return undefined;
  const transposed = use.node.attrs.get('transpose_b');
  return [null, shape[transposed?.kind === 'bool' && transposed.value ? 0 : 1]!];
}

function layoutOf(node: GraphNode): string {
  const layout = node.attrs.get('data_format');
  return layout?.kind === 'string' ? layout.value : 'NHWC';
}

/** The labels of the result that come from the kernel alone, if they are its last. */
function einsumFeatures(use: KernelUse): number | undefined {
  const equation = use.node.attrs.get('equation');
  if (equation?.kind !== 'string') return undefined;
  const [inputs = '', result = ''] = equation.value.replaceAll(' ', '').split('->');
  const terms = inputs.split(',');
  const data = terms[use.node.inputs[0] === use.operand ? 1 : 0] ?? '';
  let features = 0;
  while (features < result.length && !data.includes(result.at(-1 - features)!)) features++;
  const elsewhere = [...result.slice(0, result.length - features)].some(
    (label) => label !== '.' && !data.includes(label),
  );
  return features > 0 && !elsewhere ? features : undefined;
}

/** A kernel of more than two axes makes several axes of features, which are computed as one and split afterwards. */
function mergedByReshape(use: KernelUse, shape: readonly Dim[] | undefined): number {
  const columns = use.node.outputShapes[0]?.at(-1);
  if (use.kernel.shape.length < 3 || shape === undefined || columns == null) return 1;
  let size = 1;
  for (let axes = 1; axes < shape.length; axes++) {
    size *= shape.at(-axes) ?? Number.NaN;
    if (size === columns) return axes;
  }
  return 1;
}
