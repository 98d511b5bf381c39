import type { DType } from '../../tensor.js';
import { type Graph, type GraphNode, graphsOf } from '../graph.js';
import type { Emitter } from './emitter.js';
import { Operation } from './operation.js';
import { COMPLEX_OPERATORS, OPERATORS } from './table.js';
import { MissingOperations, Unsupported } from './unsupported.js';
import type { Value } from './value.js';

/** A TensorFlow graph that is being translated: what its values have become, and what of it could not be translated. */
export class Network {
  readonly values = new Map<string, Value>();
  readonly missing = new MissingOperations();
  private readonly makers = new Map<string, GraphNode>();
  private readers: Map<string, string[]> | undefined;

  /** The types of inputs and constants. */
  private readonly given: ReadonlyMap<string, DType>;

  constructor(
    readonly graph: Graph,
    readonly onnx: Emitter,
  ) {
    this.given = new Map([
      ...graph.inputs.map(({ value, dtype }): [string, DType] => [value, dtype]),
      ...[...graph.constants].map(([value, { dtype }]): [string, DType] => [value, dtype]),
    ]);
  }

  /** The operations that read a value, wherever they stand. */
  readersOf(value: string): readonly string[] {
    this.readers ??= readersIn(this.graph.nodes, new Map());
    return this.readers.get(value) ?? [];
  }

  /**
   * Translates every node that can be; what cannot, and all that needs it, is left out.
   * @returns whether all were
   */
  translate(nodes: readonly GraphNode[]): boolean {
    const prefix = this.onnx.prefix;
    let complete = true;
    for (const node of nodes) {
      this.onnx.prefix = node.name;
      complete = this.translateNode(node) && complete;
    }
    this.onnx.prefix = prefix;
    return complete;
  }

  private translateNode(node: GraphNode): boolean {
    const isComplex = node.inputs.some((name) => this.values.get(name)?.parts);
    const translator = (isComplex ? COMPLEX_OPERATORS : OPERATORS).get(node.op);
    const absent = node.inputs.filter((name) => name !== '' && !this.values.has(name));
    const given = new Set(absent.flatMap((name) => this.given.get(name) ?? []));
    for (const dtype of given) {
      this.missing.add(node, dtype === 'string' ? 'of strings' : 'of constant complex numbers');
    }
    if (!translator && given.size === 0) this.missing.add(node, isComplex ? 'of complex numbers' : undefined);
    for (const maker of new Set(absent.map((name) => this.makers.get(name)))) {
      if (maker) this.missing.add(maker, 'an output besides the first');
    }
    if (!translator || absent.length > 0) return false;
    try {
      translator(new Operation(node, this));
      for (const output of node.outputs) this.makers.set(output, node);
      return true;
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      if (error.message !== '') this.missing.add(node, error.message);
      return false;
    }
  }
}

function readersIn(nodes: readonly GraphNode[], readers: Map<string, string[]>): Map<string, string[]> {
  for (const { op, inputs, control } of nodes) {
    for (const input of inputs) readers.set(input, [...(readers.get(input) ?? []), op]);
    for (const inner of graphsOf(control)) readersIn(inner.nodes, readers);
  }
  return readers;
}
