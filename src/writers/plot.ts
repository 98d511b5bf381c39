import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isStatisticName, STATISTICS, type StatisticName } from '../core/statistics.js';
import { replaceFile } from '../dump/atomic.js';
import { layerInPath } from '../dump/layout.js';
import { checkWritableFolder, writing } from '../dump/writable.js';
import { defaultDrawOptions, drawFigure, type SpecHook } from '../plots/draw.js';
import { embedFigure } from '../plots/embed.js';
import { layersFigures } from '../plots/layers.js';
import { defaultPlotOptions } from '../plots/plot.js';
import type { ResultLayer, Results } from '../results/results.js';
import { type Drawing, drawingOf } from './plot-settings.js';
import type { EpochRecord, LayerRecord, Writer, WriterOptions } from './writer.js';

/**
 * `SAVEFILE_<stat>_<mode>_epoch_<k>.png`: after every epoch a figure of each statistic over the layers, as the Python package names
 * them, and of a recording with `embed` `SAVEFILE_embed_<layer>_<mode>_epoch_<k>.png`, its points. Figures of epochs that the run replaces are removed. Settings: `primary-metric`, `theme`, `font-size`, `size`, `hook`.
 * @throws UserError for settings that cannot be
 */
export function plotWriter(options: WriterOptions): Writer {
  return figureWriter(options, drawingOf(options.settings));
}

/** The same, drawn as `drawing` says. */
export function figureWriter(
  { savefile, initialEpoch, note }: Omit<WriterOptions, 'settings'>,
  { style, primaryMetric, loadHook }: Drawing,
): Writer {
  let hook: SpecHook | undefined;
  let cleared = false;
  const noted = new Set<string>();
  /** A run's numbers are known when it is recorded: one that is missing is no reason to lose the recording. */
  const metricOf = ({ scalars }: EpochRecord) => {
    if (primaryMetric === undefined || scalars.has(primaryMetric)) return primaryMetric;
    const said = `--save-to plot: the run has no ${primaryMetric} to write into figures; it has ${[...scalars.keys()].join(', ') || 'no numbers of its own'}`;
    if (!noted.has(said)) note(said);
    noted.add(said);
    return undefined;
  };
  return {
    async open() {
      hook = await loadHook();
      checkWritableFolder(dirname(savefile));
    },
    async write(epoch: EpochRecord) {
      const pictures = new Map<string, Uint8Array | string>();
      for (const mode of ['train', 'eval'] as const) {
        const layers = epoch.layers.filter((layer) => layer.mode === mode);
        const results = resultsOf(epoch, layers, savefile);
        const options = { ...defaultPlotOptions(), layersChosen: false, primaryMetric: metricOf(epoch) };
        for (const stat of shownStatistics(layers)) {
          for (const figure of layersFigures([{ results, threshold: undefined }], {
            ...options,
            stats: [stat],
          })) {
            const picture = await drawFigure(figure, 'png', { ...defaultDrawOptions(), style, hook, note });
            pictures.set(`${savefile}_${figure.name}.png`, picture);
          }
        }
      }
      for (const { mode, layer, embedding } of epoch.layers) {
        if (!embedding) continue;
        const of = { ...embedding, mode, layer, epoch: epoch.epoch };
        const figure = embedFigure(of, undefined, basename(savefile));
        const picture = await drawFigure(figure, 'png', { ...defaultDrawOptions(), style, hook, note });
        pictures.set(`${savefile}_embed_${layerInPath(layer)}_${mode}_epoch_${epoch.epoch}.png`, picture);
      }
      for (const [path, picture] of pictures) replaceFile(path, picture);
      if (!cleared) removeReplaced(savefile, initialEpoch, new Set(pictures.keys()));
      cleared = true;
    },
    async close() {},
  };
}

/** Statistics of which a layer has a number to show. */
function shownStatistics(layers: readonly LayerRecord[]): StatisticName[] {
  const names = new Set(layers.flatMap(({ stats }) => [...stats.keys()]));
  return [...names]
    .filter(isStatisticName)
    .filter(
      (name) => STATISTICS[name].compute && layers.some(({ stats }) => Number.isFinite(stats.get(name))),
    );
}

function resultsOf(epoch: EpochRecord, layers: readonly LayerRecord[], savefile: string): Results {
  const threshold = layers[0]?.byThreshold[0]?.threshold;
  return {
    label: savefile,
    path: savefile,
    epochs: [epoch.epoch],
    layers: layers.map((record) => resultLayer(record, epoch.epoch)),
    scalars: new Map([...epoch.scalars].map(([name, value]) => [name, new Map([[epoch.epoch, value]])])),
    recordedWith: threshold === undefined ? undefined : { threshold, rule: 'delve' },
  };
}

function resultLayer({ layer, mode, stats }: LayerRecord, epoch: number): ResultLayer {
  const statistics = [...stats].flatMap(([name, value]) =>
    isStatisticName(name) ? [[STATISTICS[name].longName, new Map([[epoch, value]])] as const] : [],
  );
  return { layer, mode, statistics: new Map(statistics), spectra: new Map() };
}

/** Removes figures of an earlier run's epochs from `initialEpoch` on, which are not of this run. */
function removeReplaced(savefile: string, initialEpoch: number, written: ReadonlySet<string>): void {
  const folder = dirname(savefile);
  const prefix = `${basename(savefile)}_`;
  for (const file of writing(folder, () => readdirSync(folder))) {
    if (!file.startsWith(prefix) || written.has(join(folder, file))) continue;
    const [, stat = '', epoch] =
      /^(embed|[a-z]+)_(?:.+_)?(?:train|eval)_epoch_(\d+)\.png$/.exec(file.slice(prefix.length)) ?? [];
    if (!(isStatisticName(stat) || stat === 'embed') || Number(epoch) < initialEpoch) continue;
    const path = join(folder, file);
    writing(path, () => rmSync(path));
  }
}
