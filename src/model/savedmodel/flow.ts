import { type FlatNode, nodeOf, valuesRead } from './flat.js';

/** Who makes and who reads the values of one graph. */
export class Flow {
  private readonly makers: ReadonlyMap<string, FlatNode>;
  private readonly readersOf = new Map<FlatNode, Set<FlatNode>>();

  constructor(
    nodes: readonly FlatNode[],
    private readonly resolve: (value: string) => string,
  ) {
    this.makers = new Map(nodes.map((node) => [node.name, node]));
    for (const node of nodes) {
      for (const value of valuesRead(node)) {
        const maker = this.maker(value);
        if (!maker) continue;
        const readers = this.readersOf.get(maker);
        if (readers) readers.add(node);
        else this.readersOf.set(maker, new Set([node]));
      }
    }
  }

  maker(value: string): FlatNode | undefined {
    return this.makers.get(nodeOf(this.resolve(value)));
  }

  readers(node: FlatNode): FlatNode[] {
    return [...(this.readersOf.get(node) ?? [])];
  }

  /** The nodes that one is made from, back to those at which to stop, these included. */
  before(node: FlatNode, stop: (node: FlatNode) => boolean): Set<FlatNode> {
    const found = new Set([node]);
    for (const each of found) {
      if (stop(each)) continue;
      for (const value of valuesRead(each)) {
        const maker = this.maker(value);
        if (maker) found.add(maker);
      }
    }
    return found;
  }

  /** The nodes that are made from some, these included, up to the ends, these left out. */
  behind(starts: readonly FlatNode[], ends: ReadonlySet<FlatNode>): Set<FlatNode> {
    const found = new Set(starts);
    for (const node of found) {
      for (const reader of this.readers(node)) if (!ends.has(reader)) found.add(reader);
    }
    return found;
  }
}
