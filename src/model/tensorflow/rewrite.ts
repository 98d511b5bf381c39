import { UserError } from '../../errors.js';
import type { Graph } from '../graph.js';
import type { Projection } from '../projection.js';
import { DataType } from '../proto/tensorflow_pb.js';
import { nodeOf } from '../savedmodel/flat.js';
import type { InlinedGraph } from '../savedmodel/inline.js';
import { type SavedModelSource, variablePlaces } from '../savedmodel/read.js';
import { intAttr, shapeAttr, typeAttr } from './attr.js';
import { addFeed } from './feeds.js';
import type { GraphWriter } from './graph-writer.js';
import { addMoments, type MomentNodes } from './moments.js';
import { pointRows, samplesFirst } from './points.js';
import type { FedInput, TapRequest, TensorflowProgram, WrittenTap } from './program.js';
import { fedParts } from './project.js';
import { addReads } from './reading.js';
import { addRestore } from './restore.js';
import { loaderSignatures, WrittenModel } from './written-model.js';

const { DT_DOUBLE, DT_FLOAT, DT_INT32 } = DataType;

/**
 * Writes a SavedModel anew so that TensorFlow hands out, or reduces, the values that are asked for.
 *
 * Signatures are left out: the binding refuses types that it does not know, and
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
  const inputs: FedInput[] = [];
  const model = new WrittenModel(source, graph, (writer) => feeds(writer, source, inputs));
  const { writer, inlined } = model;
  if (projections.length > 0 && keepsState(inlined)) {
    throw new UserError(
      `${source.folder} keeps a state from batch to batch (stateful=True), which would be that of other projections; take --engine onnx, which begins every batch with the saved state`,
    );
  }
  const { projected, unprojected } = model.project(projections, (projection) =>
    fedParts(writer, projection, inputs),
  );

  const counts = padded ? addCounts(writer) : undefined;
  const moments: MomentNodes[] = [];
  const writtenTaps = taps.map(({ value, points }, index): WrittenTap => {
    const name = `delve/tap_${index}`;
    const { value: own, type } = model.place(value);
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
  const { step, reset } = addStep(writer, moments, model.written.effects());
  const reads = addReads(
    writer,
    moments.map(({ handles }) => handles),
  );
  const restore = addRestore(writer, source.folder, model.variables, variablePlaces(source, inlined));
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
  const savedModel = model.toSavedModel(asked, (metaGraph) => ({
    ...metaGraph,
    signatureDef: loaderSignatures(metaGraph),
  }));
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

/** Placeholders that can be fed, for the values of the signature's inputs. */
function feeds(writer: GraphWriter, source: SavedModelSource, inputs: FedInput[]): Map<string, string> {
  const fed = new Map<string, string>();
  for (const [index, input] of source.inputs.entries()) {
    const feed = addFeed(writer, input, index);
    inputs.push(feed.input);
    fed.set(input.value, feed.value);
  }
  return fed;
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
