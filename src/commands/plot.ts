import { type Command, InvalidArgumentError, Option } from 'commander';
import type { IdimRule } from '../core/metrics.js';
import { STATISTICS, type StatisticName, statisticNames } from '../core/statistics.js';
import type { Host } from '../host.js';
import { colourMistake } from '../plots/colours.js';
import type { FigureKindName, Layout, Theme } from '../plots/figure.js';
import { FORMAT_NAMES, FORMATS, type FormatName } from '../plots/formats.js';
import { cacheOption, ruleOption, threadsOption } from './dump-options.js';
import {
  collectList,
  parseEpochIndex,
  parseList,
  parseNumber,
  parseNumbers,
  parseThresholds,
} from './parse.js';
import { parseRecomputable } from './recompute.js';

/** As commander hands them over. */
export interface PlotFlags {
  figure: FigureKindName;
  stat?: StatisticName[];
  threshold?: number[];
  rule: IdimRule;
  layers?: string[];
  mode?: 'train' | 'eval';
  epoch?: number;
  out?: string;
  format?: FormatName;
  scale: number;
  theme: Theme;
  layout: Layout;
  size?: [number, number];
  fontSize: number;
  title?: string;
  range?: [number, number] | 'auto';
  log?: true;
  line: boolean;
  points: boolean;
  lineOpacity: number;
  pointOpacity: number;
  colours?: string[];
  pointColours?: string[];
  xTitle: boolean;
  yTitle: boolean;
  grid: boolean;
  primaryMetric?: string;
  metricAt: [number, number];
  specHook?: string;
  cache: boolean;
  threads?: number;
  quiet?: true;
}

const FIGURES: Readonly<Record<FigureKindName, string>> = {
  layers: 'a statistic over the layers',
  epochs: 'a statistic over layers and epochs, as a heat map',
  spectrum: 'eigenvalues of layers (scree), and where thresholds cut them',
  scatter: 'one statistic against another, a point a layer',
  embed: 'points of layers in the plane of their two leading eigendirections (record --stats embed)',
};
const DRAWABLE = statisticNames().filter((name) => name !== 'cov');

const EXAMPLES = `
Examples:
  $ delve plot runs/mnist
  $ delve plot runs/mnist --stat lsat,idim --threshold 0.9,0.99 -o figures/ --format svg
  $ delve plot runs/before runs/after --mode eval --theme dark -o change.png
  $ delve plot runs/mnist --figure epochs -o training.svg
  $ delve plot runs/mnist --figure spectrum --layers 'conv*' --format term

Figures (--figure):
${lines(Object.entries(FIGURES))}

Formats (--format, or the ending of --out):
${lines(FORMAT_NAMES.map((name) => [name, `${FORMATS[name].description} (${FORMATS[name].endings.join(', ')})`]))}

Statistics (--stat):
${lines(DRAWABLE.map((name) => [name, STATISTICS[name].description]))}`;

export function declarePlot(root: Command, host: Host): void {
  root
    .command('plot')
    .summary('figures of runs: over layers, over epochs, of spectra')
    .description(
      'Figures of one or more runs, as pictures, a page, or characters of the terminal. A run is a csv, a dump (folder or zip) or what --out of record named, with an epoch if need be: runs/mnist@3.',
    )
    .argument('<run...>', 'runs; several of them share a figure')
    .addOption(new Option('--figure <kind>', 'what to show').choices(Object.keys(FIGURES)).default('layers'))
    .option('--stats, --stat <names>', 'statistics, a figure each (default: lsat)', parseRecomputable)
    .addOption(new Option('--mode <mode>', 'one mode alone').choices(['train', 'eval']))
    .option(
      '--epoch <k>',
      'an epoch, -1 being the last one (default: -1)',
      parseEpochIndex('. All epochs: --figure epochs'),
    )
    .option(
      '--threshold <shares>',
      'explained variance, from the covariances; several share a figure',
      parseThresholds,
    )
    .addOption(ruleOption())
    .option('--layers <globs>', 'these layers alone; repeatable', collectList)
    .option(
      '-o, --out <file>',
      'where to write: a file, a folder (figures/), or - for stdout (default: beside the run)',
    )
    .addOption(
      new Option(
        '--format <format>',
        'what to write (default: by the ending of --out, else png; to stdout svg)',
      ).choices(FORMAT_NAMES),
    )
    .addOption(new Option('--theme <theme>', 'colours').choices(['light', 'dark']).default('light'))
    .addOption(
      new Option('--layout <layout>', 'layers side by side, or one below the other')
        .choices(['auto', 'columns', 'rows'])
        .default('auto'),
    )
    .option(
      '--size <WxH>',
      'width and height of the whole figure in pixels, such as 800x400 (default: as the layers need)',
      parseSize,
    )
    .option('--scale <factor>', 'pixels of a png for each of the figure', parsePositive, 2)
    .option('--font-size <pixels>', 'of text', parsePositive, 12)
    .option('--title <text>', 'instead of the name of the statistic')
    .option(
      '--range <low,high>',
      'ends of the axis of values, or auto (default: 0,1 for saturation, else auto)',
      parseRange,
    )
    .option('--log', 'logarithmic values')
    .option('--no-line', 'points alone')
    .option('--no-points', 'lines alone')
    .option('--line-opacity <share>', 'from 0 to 1', parseShare, 0.6)
    .option('--point-opacity <share>', 'from 0 to 1', parseShare, 1)
    .option(
      '--colors, --colours <list>',
      'of lines and points, in turn, such as #0072b2,orange',
      parseColours,
    )
    .option(
      '--point-colors, --point-colours <list>',
      'of points, where they differ from the lines',
      parseColours,
    )
    .option('--no-x-title', 'no title of the horizontal axis')
    .option('--no-y-title', 'no title of the vertical axis')
    .option('--no-grid', 'no grid')
    .option(
      '--primary-metric <name>',
      'write this number of the run into the figure: a column such as average-eval-sat',
    )
    .addOption(
      new Option('--metric-at <x,y>', 'where: shares of width and height from the lower left')
        .argParser(parsePlace)
        .default([0.7, 0.8], '0.7,0.8'),
    )
    .option(
      '--spec-hook <module>',
      'a .js file whose default export (spec, figure) may change the Vega-Lite spec',
    )
    .addOption(cacheOption())
    .addOption(threadsOption())
    .option('-q, --quiet', 'print nothing but errors')
    .addHelpText('after', EXAMPLES)
    .action(async (runs: string[], flags: PlotFlags) => {
      const { runPlot } = await import('./run-plot.js');
      await runPlot(runs, flags, host);
    });
}

function lines(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, description]) => `  ${name.padEnd(9)} ${description}`).join('\n');
}

function parsePositive(text: string): number {
  const value = parseNumber(text);
  if (value <= 0) throw new InvalidArgumentError('It must be larger than 0.');
  return value;
}

function parseShare(text: string): number {
  const value = parseNumber(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError('It must be from 0 to 1.');
  return value;
}

function parseSize(text: string): [number, number] {
  const [, width, height] = /^(\d+)[x×](\d+)$/i.exec(text) ?? [];
  if (width === undefined || height === undefined || Number(width) < 100 || Number(height) < 100)
    throw new InvalidArgumentError('It must be two numbers of at least 100, such as 800x400.');
  return [Number(width), Number(height)];
}

function parsePlace(text: string): [number, number] {
  const [x, y, ...rest] = parseNumbers(text);
  if (x === undefined || y === undefined || rest.length > 0)
    throw new InvalidArgumentError('It must be two numbers, such as 0.7,0.8.');
  return [x, y];
}

function parseRange(text: string): [number, number] | 'auto' {
  if (text === 'auto') return text;
  const [low, high, ...rest] = parseNumbers(text);
  if (low === undefined || high === undefined || rest.length > 0 || low >= high)
    throw new InvalidArgumentError('It must be two numbers, the lower one first, such as 0,1; or auto.');
  return [low, high];
}

function parseColours(text: string): string[] {
  const colours = parseList(text);
  for (const colour of colours) {
    const mistake = colourMistake(colour);
    if (mistake !== undefined) throw new InvalidArgumentError(mistake);
  }
  return colours;
}
