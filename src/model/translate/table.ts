import { ACTIVATIONS } from './operators/activation.js';
import { CASTS } from './operators/cast.js';
import { COLOURS } from './operators/colour.js';
import { COMPARISONS } from './operators/comparison.js';
import { COMPLEX, COMPLEX_MAKERS, onBothParts, onRealPart } from './operators/complex.js';
import { CONCATENATIONS } from './operators/concat.js';
import { CONDITIONALS } from './operators/conditional.js';
import { CONVOLUTIONS } from './operators/convolution.js';
import { TRANSPOSED_CONVOLUTIONS } from './operators/convolution-transpose.js';
import { DIAGONALS } from './operators/diagonal.js';
import { ELEMENTWISE } from './operators/elementwise.js';
import { FILLS } from './operators/fill.js';
import { COMPLEX_TRANSFORMS, REAL_TRANSFORMS } from './operators/fourier.js';
import { GATHERS } from './operators/gather.js';
import { INDEXING } from './operators/indexing.js';
import { INVERSE_ERROR } from './operators/inverse-error.js';
import { LIST_MAKERS } from './operators/list-making.js';
import { LIST_READERS } from './operators/list-reading.js';
import { LIST_WRITERS } from './operators/list-writing.js';
import { LOOPS } from './operators/loop.js';
import { MATMULS } from './operators/matmul.js';
import { NORMALIZATIONS } from './operators/normalization.js';
import { PADDINGS } from './operators/padding.js';
import { POOLINGS } from './operators/pooling.js';
import { PROJECTIONS } from './operators/projection.js';
import { REDUCTIONS } from './operators/reduction.js';
import { RESIZES } from './operators/resize.js';
import { SCATTERS } from './operators/scatter.js';
import { SELECTIONS } from './operators/selection.js';
import { SHAPES } from './operators/shape.js';
import { SLICES } from './operators/slice.js';
import { SOFTMAXES } from './operators/softmax.js';
import { BLOCKS } from './operators/space.js';
import { SPLITS } from './operators/split.js';
import { TRANSPOSES } from './operators/transpose.js';
import type { Translator, Translators } from './translator.js';

/** How each TensorFlow operation is translated, family by family. */
export const OPERATORS: Translators = new Map(
  [
    ACTIVATIONS,
    BLOCKS,
    CASTS,
    COLOURS,
    COMPARISONS,
    COMPLEX_MAKERS,
    CONCATENATIONS,
    CONDITIONALS,
    CONVOLUTIONS,
    DIAGONALS,
    ELEMENTWISE,
    FILLS,
    GATHERS,
    INDEXING,
    INVERSE_ERROR,
    LIST_MAKERS,
    LIST_READERS,
    LIST_WRITERS,
    LOOPS,
    MATMULS,
    NORMALIZATIONS,
    PADDINGS,
    POOLINGS,
    PROJECTIONS,
    REAL_TRANSFORMS,
    REDUCTIONS,
    RESIZES,
    SCATTERS,
    SELECTIONS,
    SHAPES,
    SLICES,
    SOFTMAXES,
    SPLITS,
    TRANSPOSED_CONVOLUTIONS,
    TRANSPOSES,
  ].flatMap((family) => Object.entries(family)),
);

const MOVES =
  'BroadcastTo ConcatV2 ExpandDims GatherV2 Mean Pack Pad Reshape Reverse ReverseV2 Roll Slice Split SplitV Squeeze StridedSlice Sum Tile Transpose Unpack';

/** How operations are translated whose inputs are complex numbers. */
export const COMPLEX_OPERATORS: Translators = new Map([
  ...MOVES.split(' ').map((name): [string, Translator] => [name, onBothParts(OPERATORS.get(name)!)]),
  ...['Shape', 'ShapeN', 'Size', 'Rank'].map((name): [string, Translator] => [
    name,
    onRealPart(OPERATORS.get(name)!),
  ]),
  ...Object.entries(COMPLEX),
  ...Object.entries(COMPLEX_TRANSFORMS),
]);
