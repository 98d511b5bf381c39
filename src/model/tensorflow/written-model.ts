import { create, toBinary } from '@bufbuild/protobuf';
import type { Graph, GraphNode } from '../graph.js';
import type { Projection, Unprojected } from '../projection.js';
import {
  type DataType,
  type FunctionDef,
  FunctionDefLibrarySchema,
  type MetaGraphDef,
  type NodeDef,
  SavedModelSchema,
} from '../proto/tensorflow_pb.js';
import { type FlatNode, nodeOf } from '../savedmodel/flat.js';
import { type InlinedGraph, resolver } from '../savedmodel/inline.js';
import type { SavedModelSource } from '../savedmodel/read.js';
import { CompiledOperations } from './compiled-operations.js';
import { GraphWriter } from './graph-writer.js';
import { WrittenGraph } from './inlined-graph.js';
import { type ProjectionParts, projectValue } from './project.js';
import { loaderNodes, pruned } from './prune.js';
import { outputTypes } from './types.js';

/**
 * A SavedModel that is being written anew: the functions that its signature calls are written out in the main graph, where their values
 * have names; what was there stays, so that variables are restored and tables filled as before.
 */
export class WrittenModel {
  readonly writer: GraphWriter;
  readonly inlined: InlinedGraph;
  readonly written: WrittenGraph;
  readonly #compiled: CompiledOperations;
  readonly #found: ReadonlyMap<string, GraphNode>;

  /**
   * @param graph the same model as the layers were found in
   * @param feed adds what is given in place of the signature's inputs: values by the values that they stand for
   */
  constructor(
    private readonly source: SavedModelSource,
    graph: Graph,
    feed: (writer: GraphWriter) => ReadonlyMap<string, string> = () => new Map(),
  ) {
    const { metaGraph, inliner, opDefs, inputs, outputs } = source;
    this.inlined = inliner.inline(
      outputs.map(({ value }) => value),
      { control: true, stopAt: new Set(inputs.map(({ value }) => value)) },
    );
    this.#compiled = new CompiledOperations(this.inlined.nodes, opDefs, resolver(this.inlined.aliases));
    this.writer = new GraphWriter((metaGraph.graphDef?.node ?? []).map(anywhere));
    this.written = new WrittenGraph(this.writer, this.inlined, feed(this.writer), this.#compiled);
    this.#found = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node])));
  }

  /** Nodes of variables that are handed on as resources, each once. */
  get variables(): FlatNode[] {
    return this.inlined.nodes.filter(({ op }) => op === 'VarHandleOp');
  }

  /** A value of the graph that layers were found in, as it is named here, and its type. */
  place(value: string): { value: string; type: DataType } {
    const made = this.written.valueFound(value, this.#found);
    return { value: made, type: this.#typeOf(made) };
  }

  /**
   * Puts projections behind values.
   * @returns for each value that is projected, as it is named here, what stands in its place; and values that are not, with the reason
   */
  project<P extends Projection>(
    projections: readonly P[],
    partsOf: (projection: P) => ProjectionParts,
  ): { projected: Map<string, string>; unprojected: Unprojected } {
    const outputs = new Set(this.source.outputs.map(({ value }) => this.written.valueOf(value)));
    const projected = new Map<string, string>();
    const unprojected = new Map<string, string>();
    for (const projection of projections) {
      const place = this.place(projection.value);
      const parts = () => partsOf(projection);
      const result = projectValue(this.writer, projection, place, parts, outputs.has(place.value));
      if ('value' in result) projected.set(place.value, result.value);
      else unprojected.set(projection.value, result.reason);
    }
    return { projected, unprojected };
  }

  /**
   * The file with the written graph: as much of it as is asked for, or as TensorFlow's loader needs.
   * @param asked values and nodes
   * @param changed what else is different
   */
  toSavedModel(asked: readonly string[], changed: (metaGraph: MetaGraphDef) => MetaGraphDef): Uint8Array {
    const { model, metaGraph } = this.source;
    const library = metaGraph.graphDef!.library ?? create(FunctionDefLibrarySchema);
    const all = [...library.function.map(anywhereInside), ...this.#compiled.functions];
    const roots = [...asked.map(nodeOf), ...loaderNodes(metaGraph)];
    const { nodes: node, functions } = pruned(this.writer.nodes, all, roots);
    const graphDef = { ...metaGraph.graphDef!, node, library: { ...library, function: functions } };
    return toBinary(SavedModelSchema, { ...model, metaGraphs: [changed({ ...metaGraph, graphDef })] });
  }

  #typeOf(value: string): DataType {
    const node = this.written.nodeOf(value);
    const def = node && this.source.opDefs.get(node.op);
    const index = Number(value.slice(value.lastIndexOf(':') + 1));
    const type = def ? outputTypes(node.attr, def)[index] : undefined;
    const own = node?.attr.T?.value ?? node?.attr.dtype?.value ?? node?.attr.element_dtype?.value;
    const found = type ?? (own?.case === 'type' ? own.value : undefined);
    if (found === undefined) throw new Error(`the file does not tell the type of ${value} (${node?.op})`);
    return found;
  }
}

/** Signatures of the file that its loader runs, and nobody else. */
export function loaderSignatures({ signatureDef }: MetaGraphDef): MetaGraphDef['signatureDef'] {
  return Object.fromEntries(Object.entries(signatureDef).filter(([key]) => key.startsWith('__saved_model')));
}

/** A node that may be changed, and run on any device: files of a machine with a GPU may ask for theirs. */
function anywhere(node: NodeDef): NodeDef {
  return { ...node, input: [...node.input], device: '' };
}

function anywhereInside(definition: FunctionDef): FunctionDef {
  return { ...definition, nodeDef: definition.nodeDef.map(anywhere) };
}
