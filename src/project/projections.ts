import type { Engines } from '../engines/engines.js';
import { UserError } from '../errors.js';
import type { Layer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import type { Projection } from '../model/projection.js';
import { layerShape } from '../record/layer-view.js';
import { EVERY_POINT, type PcaOptions } from './options.js';

/** A projection of a layer's output. */
export interface LayerProjection extends Projection {
  layer: string;
}

/** Where projections go, and why some layers have none. */
export async function projectionsOf(
  model: Model,
  layers: readonly Layer[],
  moments: readonly { layer: string; d: number }[],
  engines: Engines,
  { tap }: PcaOptions,
): Promise<{ projections: LayerProjection[]; refused: Map<string, string> }> {
  const tappedAt = (layer: Layer) => (tap === 'activation' ? layer.activation : layer.preActivation);
  const taps = layers.map((layer) => ({ value: tappedAt(layer), shape: layer.outputShape }));
  const { session } = await engines.load(model, taps, { optimize: false, padded: false, handOut: true });
  await session.close();
  const dimensions = new Map(moments.map(({ layer, d }) => [layer, d]));
  const refused = new Map<string, string>();
  const used = new Set<string>();
  // Not `delve` alone: a network that was exported with projections has such names itself.
  const prefix = `delve_${(await model.hash()).slice(0, 12)}`;
  const projections = layers.flatMap((layer, i) => {
    const { shape, dtype } = session.taps[i]!;
    const rank = shape?.length ?? layer.outputShape?.length;
    const d = dimensions.get(layer.name);
    const value = tappedAt(layer);
    const { d: features } = layerShape(layer, session.taps[i]!, EVERY_POINT);
    const refuse = (reason: string) => {
      refused.set(layer.name, reason);
      return [];
    };
    if (d === undefined) return refuse('nothing was recorded of it');
    if (rank === undefined) return refuse('the shape of its output is not known before a run');
    if (used.has(value)) return refuse('its output is that of another layer');
    if (features !== null && features !== d) {
      throw new UserError(
        `the recorded covariance of ${layer.name} is of ${d} features, and its output has ${features}; give a dump of this network that was recorded with --conv-method channelwise and --timeseries-method timestepwise`,
      );
    }
    used.add(value);
    const id = `${prefix}/projection_${i}`;
    const names = { id, mean: `${id}/mean`, basis: `${id}/directions` };
    return [{ layer: layer.name, value, rank, axes: layer.axes, d, dtype, ...names }];
  });
  return { projections, refused };
}
