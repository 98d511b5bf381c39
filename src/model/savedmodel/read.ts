import { join } from 'node:path';
import { UserError } from '../../errors.js';
import type { Constant, Control, Graph, GraphInput, GraphNode, GraphOutput } from '../graph.js';
import type { MetaGraphDef, SavedModel, SignatureDef } from '../proto/tensorflow_pb.js';
import { attributesOf, outputShapesOf } from './attributes.js';
import { Bundle } from './bundle.js';
import { type CheckpointPlace, objectKeys, restoredPlaces } from './checkpoint-places.js';
import { dtypeOf } from './elements.js';
import { countOf, type FlatNode, type OpDefs } from './flat.js';
import { readSavedModelFile } from './folder.js';
import { isTrainingFlag } from './inference.js';
import { type InlinedGraph, Inliner, resolver } from './inline.js';
import { neededNodes } from './needed.js';
import { opDefsOf } from './op-defs.js';
import { raiseControlFlow } from './raise.js';
import { inputsOf, metaGraphOf, outputsOf, signatureOf } from './signature.js';
import { simplify } from './simplify.js';
import { fullShapeOf, tensorOf } from './tensor-proto.js';
import { isVariable, type SavedName, savedNames, variableConstant } from './variables.js';

/** A SavedModel's file, and the signature that is run. */
export interface SavedModelSource {
  folder: string;
  /** Its saved_model.pb. */
  file: string;
  model: SavedModel;
  /** The one of its graphs that is run. */
  metaGraph: MetaGraphDef;
  /** The signature that is run, and its name. */
  name: string;
  signature: SignatureDef;
  /** What the signature takes and gives, as the main graph names it. */
  inputs: GraphInput[];
  outputs: GraphOutput[];
  opDefs: OpDefs;
  inliner: Inliner;
}

/**
 * Reads a SavedModel's saved_model.pb.
 * @param options.signature name of the signature; without it `serving_default`, or the only one
 * @throws UserError if the folder, the file or the signature are not as they should be
 */
export function openSource(folder: string, options: { signature?: string } = {}): SavedModelSource {
  const { bytes, file } = readSavedModelFile(folder);
  const { model, metaGraph } = metaGraphOf(bytes, file);
  const { name, signature } = signatureOf(metaGraph, options.signature, folder);
  const opDefs = opDefsOf(metaGraph);
  const functions = new Map(
    (metaGraph.graphDef?.library?.function ?? []).map((def) => [def.signature?.name ?? '', def]),
  );
  return {
    folder,
    file,
    model,
    metaGraph,
    name,
    signature,
    inputs: inputsOf(signature, file),
    outputs: outputsOf(signature, file),
    opDefs,
    inliner: new Inliner(metaGraph.graphDef?.node ?? [], functions, opDefs, file),
  };
}

/**
 * What a SavedModel computes for one of its signatures: function calls inlined, variables found in the
 * checkpoint (and read when they are asked for), everything left out that the outputs do not need.
 * @throws UserError as `openSource`, and if the variables are not as they should be
 */
export async function readSavedModel(folder: string, options: { signature?: string } = {}): Promise<Graph> {
  return readGraph(openSource(folder, options));
}

/** The same of a file that is open. */
export function readGraph(source: SavedModelSource): Graph {
  const { file, inputs, outputs, opDefs, inliner } = source;
  const fed = new Set(inputs.map((input) => input.value));
  const inlined = inliner.inline(
    outputs.map((output) => output.value),
    { stopAt: fed, bodies: true },
  );
  simplify(inlined.nodes, inlined.aliases, fed);
  const resolve = resolver(inlined.aliases);
  const given = (value: string) => fed.has(value);
  const needed = neededNodes(
    raiseControlFlow(inlined.nodes, inlined.aliases),
    outputs.map((output) => output.value),
    given,
    resolve,
  );

  const { saved, bundle, placeOf } = variablePlaces(source, inlined);
  const constants = new Map<string, Constant>();
  const read = (flat: readonly FlatNode[]): GraphNode[] =>
    flat.flatMap((node) => {
      const constant = isVariable(node)
        ? variableConstant(node, saved.get(node.name)?.name, placeOf(node.name), bundle, file)
        : constantOf(node, file);
      if (!constant) return graphNode(node, opDefs, file, node.control && readControl(node.control, read));
      constants.set(`${node.name}:0`, constant);
      return [];
    });
  const nodes = read(needed);
  return {
    dialect: 'tensorflow',
    nodes,
    inputs,
    outputs: outputs.map(({ key, value }) => ({ key, value: resolve(value) })),
    constants,
    verifyRest: () => {
      if ([...constants.values()].some(({ variable }) => variable !== undefined)) bundle().verifyRest();
    },
  };
}

/** Where the values of a model's variables are. */
export interface VariablePlaces {
  /** The authors' names, by node. */
  saved: ReadonlyMap<string, SavedName>;
  bundle(): Bundle;
  /** Whether TensorFlow's own loader restores the variable of a node. */
  isRestored(node: string): boolean;
  /** Where the value of a node's variable is in the checkpoint. */
  placeOf(node: string): CheckpointPlace | undefined;
}

/** @throws UserError, when asked, for a checkpoint that is missing or damaged */
export function variablePlaces(
  { folder, metaGraph, inliner }: SavedModelSource,
  inlined: InlinedGraph,
): VariablePlaces {
  const saved = savedNames(metaGraph, inlined);
  const bundle = once(() => new Bundle(join(folder, 'variables', 'variables')));
  const restored = once(() => restoredPlaces(metaGraph, inliner));
  const keys = once(() => objectKeys(bundle()));
  return {
    saved,
    bundle,
    isRestored: (node) => restored().has(node),
    placeOf(node) {
      const place = restored().get(node);
      const object = saved.get(node)?.object;
      if (place || object === undefined) return place;
      const key = keys().get(object);
      return key === undefined ? undefined : { key, slice: '' };
    },
  };
}

function constantOf(node: FlatNode, file: string): Constant | undefined {
  if (isTrainingFlag(node)) {
    return { dtype: 'bool', shape: [], load: () => ({ dtype: 'bool', shape: [], data: Uint8Array.of(0) }) };
  }
  const value = node.attrs.value?.value;
  if (node.op !== 'Const' || value?.case !== 'tensor') return undefined;
  const proto = value.value;
  const dtype = dtypeOf(proto.dtype);
  const shape = fullShapeOf(proto.tensorShape);
  if (!dtype || !shape) return undefined;
  return { dtype, shape, load: () => tensorOf(proto, `${file}: the node ${node.name}`) };
}

function readControl(control: Control<FlatNode>, read: (nodes: FlatNode[]) => GraphNode[]): Control {
  const graph = ({ nodes, outputs }: { nodes: FlatNode[]; outputs: string[] }) => ({
    nodes: read(nodes),
    outputs,
  });
  if (control.kind === 'conditional') return { ...control, branches: control.branches.map(graph) };
  return { ...control, condition: graph(control.condition), body: graph(control.body) };
}

function graphNode(node: FlatNode, opDefs: OpDefs, file: string, control: Control | undefined): GraphNode {
  if (node.op === 'Placeholder') {
    throw new UserError(
      `${file}: the output needs "${node.name}", which the signature does not take as an input; choose another with --signature, or export the model with all its inputs.`,
    );
  }
  const def = opDefs.get(node.op);
  const count = def ? def.outputArg.reduce((sum, arg) => sum + countOf(arg, node.attrs, def), 0) : 1;
  const outputs = node.outputs ?? Array.from({ length: count }, (_, at) => `${node.name}:${at}`);
  return {
    name: node.name,
    op: node.op,
    inputs: node.inputs,
    outputs,
    attrs: attributesOf(node, def),
    outputShapes: outputShapesOf(node, outputs),
    scope: node.scope,
    ...(control && { control }),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
