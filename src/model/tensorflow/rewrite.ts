import { create, toBinary } from '@bufbuild/protobuf';
import { UserError } from '../../errors.js';
import type { Graph } from '../graph.js';
import type { Projection } from '../projection.js';
import {
  DataType,
  type FunctionDef,
  FunctionDefLibrarySchema,
  type NodeDef,
  type SavedModel,
  SavedModelSchema,
} from '../proto/tensorflow_pb.js';
import { type FlatNode, nodeOf, type OpDefs } from '../savedmodel/flat.js';
import { type InlinedGraph, resolver } from '../savedmodel/inline.js';
import { type SavedModelSource, variablePlaces } from '../savedmodel/read.js';
import { intAttr, shapeAttr, typeAttr } from './attr.js';
import { CompiledOperations } from './compiled-operations.js';
import { addFeed } from './feeds.js';
import { GraphWriter } from './graph-writer.js';
import { WrittenGraph } from './inlined-graph.js';
import { addMoments, type MomentNodes } from './moments.js';
import { pointRows, samplesFirst } from './points.js';
import type { FedInput, TapRequest, TensorflowProgram, WrittenTap } from './program.js';
import { fedParts, projectValue } from './project.js';
import { loaderNodes, pruned } from './prune.js';
import { addReads } from './reading.js';
import { addRestore } from './restore.js';
import { outputTypes } from './types.js';

const { DT_DOUBLE, DT_FLOAT, DT_INT32 } = DataType;

/**
 * Writes a SavedModel anew so that TensorFlow hands out, or reduces, the values that are asked for.
 *
 * The functions that the signature calls are written out in the main graph, where their values have names; what was there stays, so that
 * variables are restored and tables filled as before. Signatures are left out: the binding refuses types that it does not know, and
 * asks for values by name anyway.
 *
 * @param graph the same model as the layers were found in
 * @param taps values of `graph`
 * @param padded whether batches may be filled up with samples that do not count
 * @param projections put behind values of `graph`; taps of these values see what is projected
 */
export function rewriteSavedModel(
  source: SavedModelSource,
  graph: Graph,
  taps: readonly TapRequest[],
  padded: boolean,
  projections: readonly Projection[] = [],
): TensorflowProgram {
  const { metaGraph, inliner, opDefs } = source;
  const inlined = inliner.inline(
    source.outputs.map(({ value }) => value),
    { control: true, stopAt: new Set(source.inputs.map(({ value }) => value)) },
  );
  if (projections.length > 0 && keepsState(inlined)) {
    throw new UserError(
      `${source.folder} keeps a state from batch to batch (stateful=True), which would be that of other projections; take --engine onnx, which begins every batch with the saved state`,
    );
  }
  const compiled = new CompiledOperations(inlined.nodes, opDefs, resolver(inlined.aliases));
  const writer = new GraphWriter((metaGraph.graphDef?.node ?? []).map(anywhere));
  const { inputs, fed } = feeds(writer, source);
  const written = new WrittenGraph(writer, inlined, fed, compiled);
  const found = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node])));

  const outputs = new Set(source.outputs.map(({ value }) => written.valueOf(value)));
  const unprojected = new Map<string, string>();
  const projected = new Map<string, string>();
  for (const projection of projections) {
    const value = written.valueFound(projection.value, found);
    const place = { value, type: typeOf(value, written, opDefs) };
    const parts = () => fedParts(writer, projection, inputs);
    const result = projectValue(writer, projection, place, parts, outputs.has(value));
    if ('value' in result) projected.set(value, result.value);
    else unprojected.set(projection.value, result.reason);
  }

  const counts = padded ? addCounts(writer) : undefined;
  const moments: MomentNodes[] = [];
  const writtenTaps = taps.map(({ value, points }, index): WrittenTap => {
    const name = `delve/tap_${index}`;
    const own = written.valueFound(value, found);
    const type = typeOf(own, written, opDefs);
    const tapped = projected.get(own) ?? own;
    if (!points) return handedOut(writer, name, tapped, type);
    const { rank, view, options, features } = points;
    const stepsFirst = view.axes.features === 'last' && view.axes.stepsFirst;
    const samples = stepsFirst ? samplesFirst(writer, name, { value: tapped, type, rank }) : tapped;
    const limited = counts ? counted(writer, name, samples, type, counts) : samples;
    const rows = pointRows(writer, name, { value: limited, type, rank }, view, options);
    const nodes = addMoments(writer, name, rows, features);
    moments.push(nodes);
    return { reduced: moments.length - 1 };
  });
  const { step, reset } = addStep(writer, moments, written.effects());
  const reads = addReads(
    writer,
    moments.map(({ handles }) => handles),
  );
  const restore = addRestore(writer, source.folder, variablesOf(inlined), variablePlaces(source, inlined));
  const asked = [
    step,
    reset,
    ...(restore === undefined ? [] : [restore]),
    ...(reads?.values ?? []),
    ...writtenTaps.flatMap((tap) => ('output' in tap ? [tap.output] : [])),
    // They are fed, whether or not what is looked at depends on them.
    ...inputs.map(({ name }) => name),
    ...(counts ? [counts.kept, counts.size] : []),
  ];
  const savedModel = toBinary(SavedModelSchema, withGraph(source, writer.nodes, compiled.functions, asked));
  return {
    savedModel,
    folder: source.folder,
    inputs,
    counts: counts && { kept: nodeOf(counts.kept), size: nodeOf(counts.size) },
    taps: writtenTaps,
    unprojected,
    step,
    reset,
    reads,
    restore,
  };
}

/** Whether a run changes variables of the network. */
function keepsState({ nodes }: InlinedGraph): boolean {
  return nodes.some(({ op }) => /^Assign\w*VariableOp$/.test(op));
}

/** Nodes of variables that are handed on as resources, each once. */
export function variablesOf({ nodes }: InlinedGraph): FlatNode[] {
  return nodes.filter(({ op }) => op === 'VarHandleOp');
}

/** A node that may be changed, and run on any device: files of a machine with a GPU may ask for theirs. */
export function anywhere(node: NodeDef): NodeDef {
  return { ...node, input: [...node.input], device: '' };
}

function feeds(writer: GraphWriter, source: SavedModelSource) {
  const inputs: FedInput[] = [];
  const fed = new Map<string, string>();
  for (const [index, input] of source.inputs.entries()) {
    const feed = addFeed(writer, input, index);
    inputs.push(feed.input);
    fed.set(input.value, feed.value);
  }
  return { inputs, fed };
}

export function typeOf(value: string, written: WrittenGraph, opDefs: OpDefs): DataType {
  const node = written.nodeOf(value);
  const def = node && opDefs.get(node.op);
  const index = Number(value.slice(value.lastIndexOf(':') + 1));
  const type = def ? outputTypes(node.attr, def)[index] : undefined;
  const own = node?.attr.T?.value ?? node?.attr.dtype?.value ?? node?.attr.element_dtype?.value;
  const found = type ?? (own?.case === 'type' ? own.value : undefined);
  if (found === undefined) throw new Error(`the file does not tell the type of ${value} (${node?.op})`);
  return found;
}

/**
 * The binding hands out float32; float64 goes as its bits, everything else is cast. Never the value itself: what TensorFlow's optimizer
 * fuses (a convolution, its bias and Mish) is gone although it is asked for, unless something reads it.
 */
function handedOut(writer: GraphWriter, name: string, value: string, type: DataType): WrittenTap {
  if (type === DT_DOUBLE) {
    return { output: writer.bitcast(`${name}/bits`, value, DT_DOUBLE, DT_INT32), dtype: 'float64' };
  }
  const output =
    type === DT_FLOAT
      ? writer.add(`${name}/handed_out`, 'Identity', [value], { T: typeAttr(DT_FLOAT) })
      : writer.cast(`${name}/float32`, value, type, DT_FLOAT);
  return { output, dtype: 'float32' };
}

interface Counts {
  kept: string;
  size: string;
}

function addCounts(writer: GraphWriter): Counts {
  const scalar = (name: string) =>
    writer.add(name, 'Placeholder', [], { dtype: typeAttr(DT_INT32), shape: shapeAttr([]) });
  return { kept: scalar('delve/kept'), size: scalar('delve/size') };
}

/**
 * The entries of a value's first axis that count. Layers that fold other axes into it have, in a batch that is filled up, none that
 * surely do.
 */
function counted(
  writer: GraphWriter,
  name: string,
  value: string,
  type: DataType,
  { kept, size }: Counts,
): string {
  const int32 = { T: typeAttr(DT_INT32) };
  const shape = writer.shape(`${name}/batch_shape`, value, type);
  const entries = writer.slice(`${name}/entries`, shape, DT_INT32, [{ begin: 0, shrink: true }]);
  const equal = (part: string, a: string, b: string) => writer.add(`${name}/${part}`, 'Equal', [a, b], int32);
  const select = (part: string, inputs: string[]) => writer.add(`${name}/${part}`, 'SelectV2', inputs, int32);
  const isSample = equal('is_sample', entries, size);
  const ofSamples = select('of_samples', [isSample, kept, writer.int32(0)]);
  const count = select('counted', [equal('is_full', kept, size), entries, ofSamples]);
  return writer.slice(`${name}/counting`, value, type, [{ begin: 0, end: count }]);
}

/** What runs a batch, whole or not at all: no variable changes before everything is computed that changes one. */
function addStep(
  writer: GraphWriter,
  moments: readonly MomentNodes[],
  effects: readonly string[],
): { step: string; reset: string } {
  const ready = writer.node(
    'delve/ready',
    'NoOp',
    moments.flatMap(({ computed }) => computed.map((value) => `^${nodeOf(value)}`)),
  );
  const assigned = moments.flatMap(({ assign }) => assign(ready)).map((node) => `^${node}`);
  const sizes =
    moments.length === 0
      ? writer.int32(0)
      : writer.int32Op(
          'delve/sizes',
          'Pack',
          moments.map(({ size }) => size),
          { N: intAttr(moments.length), axis: intAttr(0) },
        );
  const step = writer.int32Op('delve/step', 'Identity', [sizes, ...new Set([...assigned, ...effects])]);
  const forgotten = moments.flatMap(({ reset }) => reset.map((node) => `^${node}`));
  const reset = writer.int32Op('delve/reset', 'Identity', [writer.int32(0), ...forgotten]);
  return { step, reset };
}

/** The file with another main graph and more functions: as much of it as is asked for, or as TensorFlow's loader needs. */
function withGraph(
  { model, metaGraph }: SavedModelSource,
  written: readonly NodeDef[],
  added: readonly FunctionDef[],
  asked: readonly string[],
): SavedModel {
  const library = metaGraph.graphDef!.library ?? create(FunctionDefLibrarySchema);
  const all = [...library.function.map(anywhereInside), ...added];
  const roots = [...asked.map(nodeOf), ...loaderNodes(metaGraph)];
  const { nodes: node, functions } = pruned(written, all, roots);
  const graphDef = { ...metaGraph.graphDef!, node, library: { ...library, function: functions } };
  const init = Object.entries(metaGraph.signatureDef).filter(([key]) => key.startsWith('__saved_model'));
  return {
    ...model,
    metaGraphs: [{ ...metaGraph, graphDef, signatureDef: Object.fromEntries(init) }],
  };
}

export function anywhereInside(definition: FunctionDef): FunctionDef {
  return { ...definition, nodeDef: definition.nodeDef.map(anywhere) };
}
