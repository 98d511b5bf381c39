import type { PointOptions } from '../core/points.js';
import type { InputSpec } from '../data/dataset.js';
import type { TapInfo } from '../engines/engine.js';
import { Engines } from '../engines/engines.js';
import { UserError } from '../errors.js';
import type { Layer, SkippedLayer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import { openModel } from '../model/open.js';
import { Untranslatable } from '../model/translate/unsupported.js';
import type { Dim } from '../tensor.js';
import { layerShape } from './layer-view.js';

/** What a model has to record, as its file tells. */
export interface ModelDescription {
  model: string;
  format: string;
  inputs: InputSpec[];
  layers: LayerDescription[];
  skipped: SkippedLayer[];
  notes: string[];
}

/** A layer that can be recorded. */
export interface LayerDescription {
  name: string;
  kind: string;
  /** In the model's own layout; null for sizes that the data decides; undefined where the file does not tell. */
  outputShape: readonly Dim[] | undefined;
  /** Dimension of the feature space; null where it is not known before a run. */
  d: number | null;
  /** Size of the d x d covariance in float64. */
  covarianceBytes: number | null;
  parameters: number;
}

/** What a network has to record, found without running it. Throws UserError as `openModel` does. */
export async function describeModel(
  path: string,
  options: { signature?: string | undefined; points: PointOptions },
): Promise<ModelDescription> {
  const model = await openModel(path, { signature: options.signature });
  const { taps, notes } = await knownTaps(model);
  return {
    model: path,
    format: model.format,
    inputs: model.inputs,
    layers: model.layers.map((layer, i) => {
      const { outputShape, d } = layerShape(layer, taps[i]!, options.points);
      const { name, kind, parameters } = layer;
      return { name, kind, outputShape, d, covarianceBytes: d === null ? null : d * d * 8, parameters };
    }),
    skipped: model.skipped,
    notes: [...notes, ...whatHinders(model)],
  };
}

/** Why the network cannot be recorded, or not by every engine, although its layers are known. */
function whatHinders(model: Model): string[] {
  try {
    model.toOnnx(model.layers.map(({ preActivation }) => preActivation));
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const isForTensorflow = model.toTensorflow && error instanceof Untranslatable;
    const hindered = isForTensorflow ? 'the embedded engine cannot record it' : 'it cannot be recorded';
    return [`${hindered}: ${error.message}`];
  }
}

/** The shapes as the file tells them; where it does not, as the engine infers them on loading. */
async function knownTaps({ layers, ...model }: Model): Promise<{ taps: TapInfo[]; notes: string[] }> {
  const told = layers.map((layer) => asTold(layer));
  if (told.every(({ shape }) => shape !== undefined)) return { taps: told, notes: [] };
  try {
    const engines = new Engines('onnx', { threads: 1, device: 'cpu' });
    const taps = layers.map((layer) => ({ value: layer.preActivation }));
    const options = { optimize: false, padded: false };
    const { session } = await engines.load({ layers, ...model }, taps, options);
    await session.close();
    return { taps: session.taps, notes: session.notes };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // What hinders the embedded engine is told anyway.
    if (error instanceof Untranslatable) return { taps: told, notes: [] };
    return { taps: told, notes: [`some output shapes are not known: ${error.message}`] };
  }
}

function asTold({ outputShape }: Layer): TapInfo {
  return { shape: outputShape, dtype: 'float32', channelsFirst: false, batchAxis: 0, reduced: false };
}
