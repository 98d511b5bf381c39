import type { NodeProto } from '../proto/onnx_pb.js';

/** One of the ONNX graphs under construction: the main one, or one that a node runs. It sees the values of those around it. */
export class Scope {
  readonly nodes: NodeProto[] = [];
  /** Its inputs, in their order. */
  readonly inputs: string[] = [];

  /** @param kind a `loop`'s graph may run often, a `branch`'s not at all */
  constructor(
    readonly kind: 'main' | 'loop' | 'branch',
    readonly outer?: Scope,
  ) {}

  /** Whether what is made in another scope can be read in this one. */
  sees(other: Scope): boolean {
    return this === other || (this.outer?.sees(other) ?? false);
  }

  /**
   * The scope in which to compute what needs values of others: as far out as these are made, so that what is the same at every step
   * is computed once, but never out of a branch, which may not run at all.
   * @param made the scopes of the values, each seen from here
   */
  outermostFor(made: ReadonlySet<Scope>): Scope {
    if (this.kind !== 'loop' || !this.outer || made.has(this)) return this;
    return this.outer.outermostFor(made);
  }
}
