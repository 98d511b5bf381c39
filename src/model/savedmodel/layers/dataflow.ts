import { type Dim, sizeOf } from '../../../tensor.js';
import { type Constant, type Graph, type GraphNode, graphsOf } from '../../graph.js';

/** Operations that read a value's shape, not its elements. */
const SHAPE_READERS: ReadonlySet<string> = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);

/** A variable that a value is made from. */
export interface Source {
  /** The constants' values: one, or the parts of a partitioned variable. */
  values: string[];
  /** The author's name; without one (a frozen network) undefined. */
  variable: string | undefined;
  shape: readonly number[];
  /** Elements, all parts together. */
  elements: number;
}

/** Who makes and who reads each value of a graph, and what depends on its inputs. */
export class Dataflow {
  private readonly makers = new Map<string, GraphNode>();
  private readonly readers = new Map<string, GraphNode[]>();
  private readonly fromInputs = new Set<string>();
  private readonly outputs: ReadonlySet<string>;
  private readonly anyVariable: boolean;

  constructor(readonly graph: Graph) {
    this.outputs = new Set(graph.outputs.map((output) => output.value));
    this.anyVariable = [...graph.constants.values()].some((constant) => constant.variable !== undefined);
    for (const input of graph.inputs) this.fromInputs.add(input.value);
    this.addMakers(graph.nodes);
    for (const node of graph.nodes) {
      for (const value of new Set(node.inputs)) {
        const readers = this.readers.get(value);
        if (readers) readers.push(node);
        else this.readers.set(value, [node]);
      }
    }
  }

  /** Makers of values, those inside of loops and conditionals among them. */
  private addMakers(nodes: readonly GraphNode[]): void {
    for (const node of nodes) {
      const { control } = node;
      const fed = node.inputs.some((value) => this.fromInputs.has(value));
      // Whichever of a loop's variables depends on the inputs in the beginning, in the end all may.
      if (fed && control?.kind === 'loop') {
        for (const { value } of control.variables) this.fromInputs.add(value);
      }
      for (const inner of graphsOf(control)) this.addMakers(inner.nodes);
      for (const value of node.outputs) {
        this.makers.set(value, node);
        if (fed && !SHAPE_READERS.has(node.op)) this.fromInputs.add(value);
      }
    }
  }

  maker(value: string | undefined): GraphNode | undefined {
    return value === undefined ? undefined : this.makers.get(value);
  }

  /** The shape that the file notes of a value. */
  shapeOf(value: string): readonly Dim[] | undefined {
    const maker = this.makers.get(value);
    return maker?.outputShapes[maker.outputs.indexOf(value)];
  }

  /** Nodes, not those inside of loops and conditionals, that read a value's elements. */
  readersOf(value: string): GraphNode[] {
    return (this.readers.get(value) ?? []).filter((node) => !SHAPE_READERS.has(node.op));
  }

  /** Whether a value's elements depend on what the network is given (its shape alone does not count). */
  dependsOnInputs(value: string): boolean {
    return this.fromInputs.has(value);
  }

  isOutput(value: string): boolean {
    return this.outputs.has(value);
  }

  /**
   * The variable that an input-independent value is made from: through casts, reshapes, concatenated parts, or a
   * reparametrisation, of which the largest variable counts. In a network without variables (a frozen one), the
   * largest constant of numbers.
   */
  sourceOf(value: string): Source | undefined {
    if (this.fromInputs.has(value)) return undefined;
    const seen = new Set<string>();
    const pending = [value];
    const found: { value: string; constant: Constant }[] = [];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const constant = this.graph.constants.get(at);
      const counts = this.anyVariable ? constant?.variable !== undefined : constant?.dtype.includes('float');
      if (constant && counts) found.push({ value: at, constant });
      const maker = this.makers.get(at);
      if (!maker || SHAPE_READERS.has(maker.op)) continue;
      for (const input of maker.inputs) pending.push(input);
    }
    const size = ({ constant }: { constant: Constant }) => sizeOf(constant.shape);
    const largest = found.reduce<(typeof found)[number] | undefined>(
      (best, next) => (best && size(best) >= size(next) ? best : next),
      undefined,
    );
    if (!largest) return undefined;
    const stem = withoutPart(largest.constant.variable);
    const parts = found.filter(
      (each) => each === largest || (stem !== undefined && withoutPart(each.constant.variable) === stem),
    );
    return {
      values: parts.map((part) => part.value).sort(),
      variable: stem,
      shape: largest.constant.shape,
      elements: parts.reduce((sum, part) => sum + size(part), 0),
    };
  }
}

/** `fc/w/part_0` is a part of `fc/w`. */
function withoutPart(variable: string | undefined): string | undefined {
  return variable?.replace(/\/part_\d+$/, '');
}
