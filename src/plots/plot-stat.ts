import { basename } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { isStatisticName, STATISTICS } from '../core/statistics.js';
import { replaceFile } from '../dump/atomic.js';
import type { Mode } from '../dump/stored.js';
import { UserError } from '../errors.js';
import { formatNumber } from '../ui/numbers.js';
import { defaultDrawOptions, drawFigure, type SpecHook } from './draw.js';
import type { LayerStat } from './extract.js';
import type { Figure, FigureStyle, LayersFigure, ScatterFigure, ValueAxis } from './figure.js';
import { formatOfFile } from './formats.js';
import { figureSpec } from './spec/spec.js';
import { words } from './statistic.js';
import { defaultFigureStyle } from './style.js';

/** The parameters of `plot_stat`, with its defaults. Colours are CSS's, opacities 0 to 1, `figsize` inches of 100 pixels. */
export interface PlotStatOptions {
  /** Value of the primary metric; that of the statistic's epoch unless given. */
  pm?: number;
  /** Where the figure goes: what of it is `.csv` becomes `_<stat>_<mode>_epoch_<k>.png`. Another ending than .png makes an svg. */
  savepath?: string;
  /** For title and file; that of the statistic unless given. */
  epoch?: number;
  /** Name of the primary metric; without it no metric is written into the figure. */
  primaryMetric?: string | undefined;
  fontsize?: number;
  figsize?: readonly [width: number, height: number] | undefined;
  line?: boolean;
  scatter?: boolean;
  /** Ends of the axis of values; auto: as the values have it. */
  ylim?: readonly [number, number] | 'auto';
  alphaLine?: number;
  alphaScatter?: number;
  colorLine?: string | undefined;
  colorScatter?: string | undefined;
  /** Shares of width and height, from the lower left corner. */
  primaryMetricLoc?: readonly [number, number];
  showColLabelX?: boolean;
  showColLabelY?: boolean;
  showGrid?: boolean;
  /** false: nothing is written. */
  save?: boolean;
  /** Whether samples are drawn, and not the values of layers: what is handed in tells. */
  samples?: boolean;
  statMode?: Mode;
  /** May change the figure before it is drawn, as the package's `plot_manipulation_func` does. */
  hook?: SpecHook | undefined;
}

/** What was drawn. */
export interface PlottedStat {
  figure: Figure;
  /** As it was drawn, for notebooks and further changes: what the package returns as `Axes`. */
  spec: TopLevelSpec;
  /** undefined if nothing was written: `save` is false, or there is no finite value. */
  path: string | undefined;
}

/** Samples in the plane of the two leading eigendirections. */
export type Samples = readonly (readonly [x: number, y: number])[];

/**
 * `plot_stat`: a statistic over the layers in execution order, or with `samples` samples in the plane, drawn and written to a file.
 *
 * @param stat `lsat`, `idim`, ... or whatever else the axis is to be called
 * @throws UserError if the file cannot be written, `samples` contradicts what is handed in, or the hook makes a spec that cannot be drawn
 */
export async function plotStat(
  df: LayerStat | Samples,
  stat: string,
  options: PlotStatOptions = {},
): Promise<PlottedStat> {
  const { savepath = 'run.png', statMode = 'train', save = true, samples = isSamples(df) } = options;
  if (samples !== isSamples(df)) {
    throw new UserError(
      `samples is ${samples}, but ${samples ? 'the values of layers' : 'samples'} were handed in`,
    );
  }
  const epoch = options.epoch ?? (isSamples(df) ? 0 : df.epoch);
  const path = savepath.replace('.csv', `_${stat}_${statMode}_epoch_${epoch}.png`);
  const title = basename(savepath).replaceAll('_', ' ').replace('.csv', ` epoch: ${epoch}`);
  const about = { title, subtitle: '', name: `${stat}_${statMode}_epoch_${epoch}` };
  const figure: Figure = isSamples(df)
    ? samplesFigure(df, stat, about, options)
    : layersFigure(df, stat, about, options);
  const style = styleOf(options);
  const own = figureSpec(figure, style);
  const spec = (await options.hook?.(own, figure)) ?? own;
  const written = save && hasValues(figure) ? path : undefined;
  if (written !== undefined) {
    const format = formatOfFile(path) === 'png' ? 'png' : 'svg';
    const hook = options.hook && (() => spec);
    replaceFile(written, await drawFigure(figure, format, { ...defaultDrawOptions(), style, hook }));
  }
  return { figure, spec, path: written };
}

type About = Pick<Figure, 'title' | 'subtitle' | 'name'>;

function isSamples(df: LayerStat | Samples): df is Samples {
  return Array.isArray(df);
}

function layersFigure(df: LayerStat, stat: string, about: About, options: PlotStatOptions): LayersFigure {
  const { primaryMetric, pm = df.primaryMetric ?? -1 } = options;
  const values = [...df.values.values()].map((value) => (Number.isFinite(value) ? value : undefined));
  return {
    ...about,
    kind: 'layers',
    layers: [...df.values.keys()],
    series: [{ label: '', values }],
    value: axisOf(stat, options.ylim ?? [0, 1]),
    note: primaryMetric === undefined ? '' : `${primaryMetric}: ${formatNumber(pm)}`,
  };
}

function samplesFigure(
  samples: Samples,
  stat: string,
  about: About,
  { ylim }: PlotStatOptions,
): ScatterFigure {
  const axis = (title: string, range: PlotStatOptions['ylim']): ValueAxis => ({
    ...axisOf(stat, range),
    title,
  });
  return {
    ...about,
    kind: 'scatter',
    x: axis('first eigendirection', 'auto'),
    y: axis('second eigendirection', ylim ?? 'auto'),
    points: samples
      .filter((point) => point.every(Number.isFinite))
      .map(([x, y]) => ({ x, y, label: '', series: '' })),
  };
}

function axisOf(stat: string, ylim: PlotStatOptions['ylim']): ValueAxis {
  const known = isStatisticName(stat) ? STATISTICS[stat] : undefined;
  return {
    title: words(known?.longName ?? stat),
    range: ylim === 'auto' ? undefined : ylim,
    integer: known?.integer ?? false,
    log: false,
  };
}

function hasValues(figure: LayersFigure | ScatterFigure | Figure): boolean {
  if (figure.kind === 'scatter') return figure.points.length > 0;
  return (
    figure.kind === 'layers' &&
    figure.series.some(({ values }) => values.some((value) => value !== undefined))
  );
}

/** Pixels in an inch of the package's figures. */
const INCH = 100;

function styleOf(options: PlotStatOptions): FigureStyle {
  const { colorLine, colorScatter, figsize } = options;
  return {
    ...defaultFigureStyle(),
    fontSize: options.fontsize ?? 16,
    size: figsize && { width: figsize[0] * INCH, height: figsize[1] * INCH },
    line: options.line ?? true,
    scatter: options.scatter ?? true,
    lineOpacity: options.alphaLine ?? 0.6,
    pointOpacity: options.alphaScatter ?? 1,
    lineColours: colorLine === undefined ? [] : [colorLine],
    pointColours: colorScatter === undefined ? [] : [colorScatter],
    noteAt: options.primaryMetricLoc ?? [0.7, 0.8],
    xTitle: options.showColLabelX ?? true,
    yTitle: options.showColLabelY ?? true,
    grid: options.showGrid ?? true,
  };
}
