import type { OutputView } from '../core/points.js';
import { classOf, isLayer, type TrackedLayer } from './tfjs.js';

/** What a class of layers is in the field's terms, and how its outputs are read. */
export interface LayerKind {
  /** As `delve layers` has it: `conv2d`, `dense`, `lstm`. */
  kind: string;
  family: OutputView['family'];
}

const KINDS: Readonly<Record<string, LayerKind>> = {
  Dense: { kind: 'dense', family: 'dense' },
  Conv1D: { kind: 'conv1d', family: 'convolution' },
  Conv2D: { kind: 'conv2d', family: 'convolution' },
  Conv3D: { kind: 'conv3d', family: 'convolution' },
  Conv2DTranspose: { kind: 'conv2d-transpose', family: 'convolution' },
  Conv3DTranspose: { kind: 'conv3d-transpose', family: 'convolution' },
  DepthwiseConv2D: { kind: 'depthwise-conv2d', family: 'convolution' },
  SeparableConv2D: { kind: 'separable-conv2d', family: 'convolution' },
  SimpleRNN: { kind: 'simple-rnn', family: 'recurrent' },
  GRU: { kind: 'gru', family: 'recurrent' },
  LSTM: { kind: 'lstm', family: 'recurrent' },
  ConvLSTM2D: { kind: 'conv-lstm2d', family: 'convolution' },
};

/** Of `tf.layers.rnn`, whose cell tells. */
const CELLS: Readonly<Record<string, string>> = {
  SimpleRNNCell: 'simple-rnn',
  GRUCell: 'gru',
  LSTMCell: 'lstm',
};

/** The class of TensorFlow.js that decides how a layer is recorded; undefined for one that is not. */
export function recordedClass(layer: TrackedLayer): string | undefined {
  return classOf(layer, (name) => Object.hasOwn(KINDS, name) || WRAPPERS.has(name) || name === 'RNN');
}

const WRAPPERS = new Set(['Bidirectional', 'TimeDistributed']);

/** The kind of a layer, for a wrapper that of the layer in it; undefined for layers that have no kernel. */
export function kindOf(layer: TrackedLayer): LayerKind | undefined {
  const name = recordedClass(layer);
  if (name === undefined) return undefined;
  if (name === 'RNN') return { kind: cellKind(Reflect.get(layer, 'cell')), family: 'recurrent' };
  const inner: unknown = Reflect.get(layer, name === 'Bidirectional' ? 'forwardLayer' : 'layer');
  if (WRAPPERS.has(name)) return isLayer(inner) ? kindOf(inner) : undefined;
  return KINDS[name];
}

/** Whether a layer hands on its channels before its positions. */
export function isChannelsFirst(layer: TrackedLayer): boolean {
  // A Conv1D turns its input to channels last, and leaves its output so.
  if (recordedClass(layer) === 'Conv1D') return false;
  const holder: unknown = Reflect.get(layer, 'cell') ?? layer;
  return (
    typeof holder === 'object' && holder !== null && Reflect.get(holder, 'dataFormat') === 'channelsFirst'
  );
}

function cellKind(cell: unknown): string {
  const name = isLayer(cell) ? classOf(cell, (each) => Object.hasOwn(CELLS, each)) : undefined;
  return CELLS[name ?? ''] ?? 'recurrent';
}
