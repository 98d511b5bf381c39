import { clampedTrace, type IdimRule } from '../src/core/metrics.js';
import { STATISTICS, type StatisticName } from '../src/core/statistics.js';
import type { EpochsFigure, FigureOptions, LayersFigure, SpectrumFigure } from '../src/plots/figure.js';
import { layerNames } from '../src/plots/slices.js';
import { spectrumFigures } from '../src/plots/spectrum.js';
import { axisOf } from '../src/plots/statistic.js';
import type { LayerAtEpoch, Report } from './report.js';
import type { Series } from './series.js';

/** What the figures show. */
export interface Shown {
  statistic: StatisticName;
  threshold: number;
  rule: IdimRule;
  /** Whether values stand on a logarithmic scale. */
  log: boolean;
}

const UNTITLED = { title: '', subtitle: '', name: '' };

export function layersFigure(report: Report, series: readonly Series[], shown: Shown): LayersFigure {
  const layers = layerNames(series.map(({ rows }) => ({ layers: rows.map(asLayer) })));
  return {
    ...UNTITLED,
    kind: 'layers',
    layers,
    series: series.map(({ label, rows }) => {
      const byName = new Map(rows.map((row) => [row.layer, row]));
      return { label, values: layers.map((layer) => drawable(report, byName.get(layer), shown)) };
    }),
    value: axisOf(shown.statistic, optionsOf(shown)),
    note: '',
  };
}

/** `rows`: those of all epochs of a run in a mode. */
export function epochsFigure(report: Report, rows: readonly LayerAtEpoch[], shown: Shown): EpochsFigure {
  const epochs = [...new Set(rows.map(({ epoch }) => epoch))].sort((a, b) => a - b);
  const byLayer = new Map<string, Map<number, LayerAtEpoch>>();
  for (const row of rows) {
    const ofLayer = byLayer.get(row.layer) ?? new Map<number, LayerAtEpoch>();
    byLayer.set(row.layer, ofLayer.set(row.epoch, row));
  }
  return {
    ...UNTITLED,
    kind: 'epochs',
    layers: [...byLayer.keys()],
    epochs,
    values: [...byLayer.values()].map((ofLayer) =>
      epochs.map((epoch) => drawable(report, ofLayer.get(epoch), shown)),
    ),
    value: axisOf(shown.statistic, optionsOf(shown)),
  };
}

/** undefined for a layer without a spectrum, with one of NaN, or without variance. */
export function spectrumFigure(row: LayerAtEpoch, shown: Shown): SpectrumFigure | undefined {
  const { spectrum, epoch } = row;
  if (!spectrum?.values.every(Number.isFinite) || clampedTrace(spectrum) === 0) return undefined;
  const layer = { ...asLayer(row), statistics: new Map(), spectra: new Map([[epoch, spectrum]]) };
  const results = {
    label: '',
    path: '',
    epochs: [epoch],
    layers: [layer],
    scalars: new Map(),
    recordedWith: undefined,
  };
  const [figure] = spectrumFigures([{ results, threshold: undefined }], optionsOf(shown));
  return figure && { ...figure, ...UNTITLED };
}

/** Without the logarithmic scale, if no value is positive. */
export function onPossibleScale(report: Report, rows: readonly LayerAtEpoch[], shown: Shown): Shown {
  const log = shown.log && rows.some((row) => drawable(report, row, shown) !== undefined);
  return { ...shown, log };
}

function asLayer({ layer, mode }: LayerAtEpoch) {
  return { layer, mode, statistics: new Map(), spectra: new Map() };
}

function drawable(report: Report, row: LayerAtEpoch | undefined, shown: Shown): number | undefined {
  const value = row && report.value(row, shown.statistic, shown.threshold, shown.rule);
  return value !== undefined && Number.isFinite(value) && (!shown.log || value > 0) ? value : undefined;
}

function optionsOf({ statistic, threshold, rule, log }: Shown): FigureOptions {
  return {
    stats: [statistic],
    thresholds: [threshold],
    rule,
    layersChosen: true,
    primaryMetric: undefined,
    range: undefined,
    log,
    title: undefined,
  };
}

export function statisticLabel(name: StatisticName): string {
  return STATISTICS[name].longName.replaceAll('-', ' ');
}
