import { layerInPath } from '../../dump/layout.js';
import type { SpecHook } from '../../plots/draw.js';
import { plotScatterFromResults } from '../../plots/plot-results.js';
import { defaultFigureStyle } from '../../plots/style.js';
import {
  type AddScalarsOptions,
  embeddingName,
  type SamplePoint,
  type WriterValue,
} from '../abstract-writer.js';
import { compositeWriter } from '../composite.js';
import { EpochWriter } from '../epoch-writer.js';
import { figureWriter } from '../plot.js';
import type { LayerRecord, WriterFactory } from '../writer.js';
import { type SavepathOptions, writerOptions } from './savepath.js';

/** Options of the writers of figures. */
export interface PlottingWriterOptions extends SavepathOptions {
  /** May change each figure before it is drawn. */
  plotManipulationFunc?: SpecHook | undefined;
  /** A name of the csv whose value is written into the figures. */
  primaryMetric?: string | undefined;
  /** Pixels, 16 unless given. */
  fontsize?: number;
  /** Inches of 100 pixels. */
  figsize?: readonly [width: number, height: number] | undefined;
}

/**
 * Figures of every epoch: `SAVEPATH_<stat>_<mode>_epoch_<k>.png` of each statistic over the layers, `SAVEPATH_embed_...png` of samples
 * in the plane.
 */
export class PlottingWriter extends EpochWriter {
  readonly #savefile: string;
  readonly #options: PlottingWriterOptions;
  #samples = new Map<string, SamplePoint[]>();

  /**
   * @param beside what else is written of each epoch, before the figures
   * @throws UserError for a savepath that names no file
   */
  constructor(savepath: string, options: PlottingWriterOptions = {}, beside: readonly WriterFactory[] = []) {
    const settings = writerOptions(savepath, options);
    const { plotManipulationFunc, primaryMetric, fontsize = 16, figsize } = options;
    const size = figsize && { width: figsize[0] * 100, height: figsize[1] * 100 };
    const drawing = {
      style: { ...defaultFigureStyle(), fontSize: fontsize, size },
      primaryMetric,
      loadHook: async () => plotManipulationFunc,
    };
    super((initialEpoch) =>
      compositeWriter([
        ...beside.map((make) => make({ ...settings, initialEpoch })),
        figureWriter({ ...settings, initialEpoch }, drawing),
      ]),
    );
    this.#savefile = settings.savefile;
    this.#options = options;
  }

  /** Samples in the plane, which the next `save` draws; those of a name that comes again are added. */
  addSampleScalar(name: string, value: readonly SamplePoint[]): void {
    this.#samples.set(name, [...(this.#samples.get(name) ?? []), ...value]);
  }

  override addScalars(
    prefix: string,
    valueDict: Readonly<Record<string, WriterValue>>,
    options: AddScalarsOptions = {},
  ): void {
    super.addScalars(prefix, valueDict, options);
    for (const [name, points] of Object.entries(options.sampleValueDict ?? {}))
      this.addSampleScalar(name, points);
  }

  override addLayer(record: LayerRecord, samples?: readonly SamplePoint[]): void {
    super.addLayer(record);
    if (samples) this.addSampleScalar(embeddingName(record), samples);
  }

  override async save(): Promise<void> {
    const samples = this.#samples;
    this.#samples = new Map();
    const epoch = await this.saveEpochs();
    const { fontsize, figsize, plotManipulationFunc: hook } = this.#options;
    for (const [name, points] of samples) {
      const [, mode = 'train', layer] = /^(train|eval)-embedded-sample_(.+)$/s.exec(name) ?? [];
      const statMode = mode === 'eval' ? 'eval' : 'train';
      const of = layer === undefined ? this.#savefile : `${this.#savefile}_${layerInPath(layer)}`;
      await plotScatterFromResults(`${of}.csv`, epoch, 'embed', points, {
        statMode,
        fontsize,
        figsize,
        hook,
      });
    }
  }
}
