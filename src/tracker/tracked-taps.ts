import { type LayerUse, layerUses } from './layer-uses.js';
import { type LayerTaps, type Tap, type TapPoint, tapsOf } from './taps.js';
import type { Container, TrackedLayer, TrackedModel } from './tfjs.js';

/** A tap in a use of its layer, with the name that it is recorded under. */
export interface NamedTap {
  name: string;
  /** The layer that calls it: the one in the model, of which the tap's own may be a part. */
  layer: TrackedLayer;
  /** `LayerUse.key` */
  key: string;
  tap: Tap;
}

/** The taps of a model, in the order of columns, and what else there is to know of its layers. */
export interface ModelTaps {
  named: NamedTap[];
  /** Layers with a kernel that are not recorded, and why. */
  skipped: { name: string; reason: string }[];
  /** Puts the hooks around parts of layers that taps need; returns what takes them away. */
  hook(): () => void;
}

/**
 * Finds what there is to record in a model and names it: by the layer's path, `-` between levels, without the outermost model; what
 * belongs to a further use of a layer by the name of the first one and `#2`, `#3`, ...
 *
 * @param listed the model as its author made it
 * @param model the graph that it has built of itself
 * @param prefix what names begin with, for models that are tracked together
 */
export function findTaps(
  listed: TrackedModel,
  model: Container,
  point: TapPoint,
  prefix: readonly string[] = [],
): ModelTaps {
  const found = new Map<TrackedLayer, LayerTaps>();
  const names = new TapNames();
  const skipped: ModelTaps['skipped'] = [];
  const named = layerUses(model, listed, prefix).flatMap((use): NamedTap[] => {
    const { layer, key } = use;
    const known = found.get(layer);
    const taps = known ?? tapsOf(layer, point);
    found.set(layer, taps);
    if (!known && taps.skipped !== undefined)
      skipped.push({ name: use.path.join('-'), reason: taps.skipped });
    return taps.taps.map((tap) => ({ name: names.next(use, tap), layer, key, tap }));
  });
  return {
    named,
    skipped,
    hook() {
      const ends = [...found.values()].map((taps) => taps.hook());
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** Gives a tap its name, use by use. */
class TapNames {
  readonly #bases = new Map<Tap, string>();
  readonly #taken = new Map<string, number>();
  readonly #uses = new Map<Tap, number>();

  next({ path }: LayerUse, tap: Tap): string {
    const base = this.#bases.get(tap) ?? this.#newBase(path.join('-') + tap.suffix);
    this.#bases.set(tap, base);
    const use = (this.#uses.get(tap) ?? 0) + 1;
    this.#uses.set(tap, use);
    return use === 1 ? base : `${base}#${use}`;
  }

  /** Paths of two layers may read the same. */
  #newBase(name: string): string {
    const count = (this.#taken.get(name) ?? 0) + 1;
    this.#taken.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  }
}
