import type { Dim, DType, Tensor } from '../tensor.js';

/**
 * What a model file says, whatever its format: operations in execution order, each naming the values that it
 * reads and makes. `dialect` tells whose operations they are.
 *
 * TensorFlow graphs come with functions inlined, variables resolved into `constants`, and only what the chosen
 * signature needs. Their values are named `node:index`.
 */
export interface Graph {
  dialect: 'tensorflow' | 'onnx';
  nodes: GraphNode[];
  inputs: GraphInput[];
  outputs: GraphOutput[];
  /** Weights and other constants by the name of the value. */
  constants: Map<string, Constant>;
  /** Checks the parts of the file that nothing above needs. Throws UserError for damage. */
  verifyRest?(): void;
}

export interface GraphNode {
  name: string;
  op: string;
  /** Values read, in the operation's order; '' where an optional one is absent. Control dependencies are left out. */
  inputs: string[];
  /** Values made; '' where one is unused. */
  outputs: string[];
  attrs: Map<string, Attribute>;
  /** Shapes of the outputs as the file tells them; undefined where it tells none. */
  outputShapes: (readonly Dim[] | undefined)[];
  /**
   * Where the author's code was when the operation was made, outermost first, if the file tells:
   * TensorFlow call scopes (`['outer_1', 'block_1', 'a_1']`), PyTorch module paths.
   */
  scope: string[];
  /** What a loop or conditional runs; undefined for every other operation. */
  control?: Control;
}

/** A loop, or a choice between graphs. Those see all values of the graph that they stand in; their own are seen by nobody else. */
export type Control<N = GraphNode> = Loop<N> | Conditional<N>;

/** Runs `body` as long as `condition` holds, which is asked before every step. */
export interface Loop<N = GraphNode> {
  kind: 'loop';
  variables: LoopVariable[];
  /** Its one output is a truth value (or a number that is not 0). */
  condition: Subgraph<N>;
  /** Its outputs are what the variables are in the next step, in their order. */
  body: Subgraph<N>;
}

/** A value that changes from step to step. */
export interface LoopVariable {
  /** As condition and body read it. */
  value: string;
  /** What it is before the first step. */
  initial: string;
  /** What it is after the last; '' where nothing reads that. */
  result: string;
  /** What the file tells of its shape, at any step. */
  shape: readonly Dim[] | undefined;
}

/** Runs the branch that the node's first input chooses: 0 (false) the first, 1 (true) the second, ..., any other number the last. */
export interface Conditional<N = GraphNode> {
  kind: 'conditional';
  /** Their outputs are the node's. */
  branches: Subgraph<N>[];
}

export interface Subgraph<N = GraphNode> {
  /** In execution order. */
  nodes: N[];
  outputs: string[];
}

/** The graphs that a loop or conditional runs; none for every other node. */
export function graphsOf<N>(control: Control<N> | undefined): Subgraph<N>[] {
  if (!control) return [];
  return control.kind === 'loop' ? [control.condition, control.body] : control.branches;
}

export type Attribute =
  | { kind: 'int'; value: number }
  | { kind: 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'string'; value: string }
  | { kind: 'type'; value: DType | undefined }
  | { kind: 'shape'; value: readonly Dim[] | undefined }
  | { kind: 'tensor'; value: Tensor }
  | { kind: 'ints'; value: number[] }
  | { kind: 'floats'; value: number[] }
  | { kind: 'strings'; value: string[] }
  | { kind: 'types'; value: (DType | undefined)[] }
  /** Anything else (functions, subgraphs): the name is kept for messages. */
  | { kind: 'other'; value: string };

export interface GraphInput {
  /** The name under which data is given: the signature's key, the ONNX input's name. */
  key: string;
  value: string;
  dtype: DType;
  /** undefined: any rank. */
  shape: readonly Dim[] | undefined;
}

/** An output of a network: the key that it is asked for by, and the value of the graph that it is. */
export interface GraphOutput {
  key: string;
  value: string;
}

/** A weight or another constant; `load` reads it when it is needed, so that a large file is not held whole. */
export interface Constant {
  dtype: DType;
  shape: readonly number[];
  /** The author's name of the variable (`sequential_1/conv2d_1/kernel`, `layer1.0.conv1.weight`), if it is one. */
  variable?: string;
  load(): Tensor;
}
