import { toPoints } from '../core/points.js';
import { outputOf, type Session, type TapOutput } from '../engines/engine.js';
import type { Layer } from '../model/layer.js';
import { createReducer, type Moments, type Reducer } from '../reduce/reducer.js';
import { type KeptPoint, Reservoir } from '../reduce/reservoir.js';
import { checkWidth } from '../reduce/widest.js';
import { viewOf, withSamplesFirst } from './layer-view.js';
import type { RecordOptions } from './options.js';
import type { Piece } from './pieces.js';

export interface LayerMoments extends Moments {
  layer: Layer;
  /** Points that were kept, where any were to be. */
  kept: readonly KeptPoint[];
}

export interface GatheringOptions extends Pick<RecordOptions, 'points' | 'threads'> {
  /** Points that are kept of each layer; none unless given. */
  keptPoints?: number;
}

/** The points of every layer, gathered in the engine where it reduces them, else by worker threads here. */
export class GatheredPoints {
  /** Layers, by their place, that points were gathered of. */
  readonly #seen = new Set<number>();
  readonly #left = new Set<string>();
  readonly #kept: readonly Reservoir[];

  constructor(
    private readonly session: Session,
    private readonly layers: readonly Layer[],
    private readonly options: GatheringOptions,
    private readonly reducer: Reducer | undefined,
  ) {
    const { keptPoints = 0 } = options;
    // The same seed: layers that have a point a sample keep the same samples.
    this.#kept = keptPoints > 0 ? layers.map(() => new Reservoir(keptPoints, 'embed')) : [];
  }

  /** Names of layers that a batch which was filled up could not be recorded of. */
  get left(): string[] {
    return [...this.#left];
  }

  /**
   * Takes the points of what was run.
   * @param between called at every layer, with the dimension of its points if there were any
   * @param sampleAt the sample of the dataset at a place in the piece
   */
  async add(
    piece: Piece,
    between: (layer: number, features: number | undefined) => void,
    sampleAt: (place: number) => number = (place) => place,
  ): Promise<void> {
    const { results } = piece;
    for (const [i, layer] of this.layers.entries()) {
      const result = results[i]!;
      const features =
        'points' in result
          ? result.points > 0
            ? result.features
            : undefined
          : await this.#reduce(i, outputOf(result), piece, sampleAt);
      if (features === undefined) this.#left.add(layer.name);
      else {
        checkWidth(layer.name, features, NARROWER);
        this.#seen.add(i);
      }
      between(i, features);
    }
  }

  /** Moments of a layer's points so far, as `Reducer.peek` gives them. */
  peek(i: number): Moments | undefined | Promise<Moments | undefined> {
    return this.session.taps[i]!.reduced ? this.session.moments(i) : this.reducer?.peek(i);
  }

  /** Resolves when `peek` gives what is asked for. */
  async settled(i: number): Promise<void> {
    if (!this.session.taps[i]!.reduced) await this.reducer?.settled(i);
  }

  /** Moments of all layers that points were gathered of, in the layers' order. */
  async moments(): Promise<LayerMoments[]> {
    const moments: LayerMoments[] = [];
    for (const i of [...this.#seen].sort((a, b) => a - b)) {
      const found = this.session.taps[i]!.reduced
        ? await this.session.moments(i)
        : await this.reducer?.result(i);
      if (found) moments.push({ layer: this.layers[i]!, ...found, kept: this.#kept[i]?.kept ?? [] });
    }
    return moments;
  }

  async close(): Promise<void> {
    await this.reducer?.close();
  }

  /** @returns the dimension of the points; undefined where none surely count */
  async #reduce(
    i: number,
    output: TapOutput,
    { size, kept }: Piece,
    sampleAt: (place: number) => number,
  ): Promise<number | undefined> {
    const layer = this.layers[i]!;
    const tap = this.session.taps[i]!;
    const ordered = withSamplesFirst(output, layer, tap);
    const counted = countedSamples(ordered, layer, kept, size);
    if (counted === 0) return undefined;
    const points = toPoints(ordered, viewOf(layer, tap), counted, this.options.points);
    checkWidth(layer.name, points.features, NARROWER);
    this.#kept[i]?.add(points, sampleAt);
    await this.reducer?.add(i, points);
    return points.features;
  }
}

export async function createGatheredPoints(
  session: Session,
  layers: readonly Layer[],
  options: GatheringOptions,
): Promise<GatheredPoints> {
  const needsReducer = session.taps.some(({ reduced }) => !reduced);
  const reducer = needsReducer ? await createReducer({ threads: options.threads }) : undefined;
  return new GatheredPoints(session, layers, options, reducer);
}

/**
 * Entries of an output's first axis that count. Layers that work on windows or steps fold these into the batch axis, so that
 * it counts several entries a sample, in an order that is theirs: of a batch that is filled up, these have none that surely count.
 */
function countedSamples(output: TapOutput, layer: Layer, kept: number, size: number): number {
  if (layer.axes.features === 'onnx-recurrent') return kept;
  const entries = output.shape[0] ?? 1;
  if (kept === size) return entries;
  return entries === size ? kept : 0;
}

const NARROWER =
  'leave the layer out with --ignore-layers, or choose another --conv-method or --timeseries-method';
