import { availableParallelism } from 'node:os';
import { UserError } from '../errors.js';
import { fromHost, type Host, STDOUT } from '../host.js';
import type { FigureStyle } from '../plots/figure.js';
import { FORMATS, type FormatName, formatOfFile } from '../plots/formats.js';
import type { PlotOptions } from '../plots/plot.js';
import { cacheFolder } from '../recompute/cache.js';
import type { PlotFlags } from './plot.js';

/** What is to be written. @throws UserError for a file whose ending is that of no format */
export function formatOf({ format, out }: PlotFlags): FormatName {
  if (format !== undefined) return format;
  if (out === undefined || /[/\\]$/.test(out)) return 'png';
  if (out === STDOUT) return 'svg';
  const found = formatOfFile(out);
  if (found === undefined && /\.[a-z]+$/i.test(out)) {
    const endings = Object.values(FORMATS).map(({ endings: [first] }) => first);
    throw new UserError(
      `--out ${out}: no format has this ending; use ${endings.join(', ')}, or name one with --format`,
    );
  }
  return found ?? 'png';
}

/** @throws UserError for flags that contradict each other */
export function checkFlags(format: FormatName, flags: PlotFlags, host: Host): void {
  const { figure, epoch, line, points, out, specHook, stat = [], log, range = 'auto' } = flags;
  if (!line && !points)
    throw new UserError('--no-line and --no-points leave nothing to draw; give one of them');
  if (log && range !== 'auto' && range[0] <= 0)
    throw new UserError(
      `--range ${range.join(',')}: a logarithmic axis begins above 0; give a larger end, or leave --log away`,
    );
  if (figure === 'epochs' && epoch !== undefined && format !== 'html')
    throw new UserError(`--epoch ${epoch}: a figure of epochs shows all of them; leave it away`);
  if (specHook !== undefined && (format === 'html' || format === 'term'))
    throw new UserError(`--spec-hook changes Vega-Lite specs, of which --format ${format} makes none`);
  if (out === STDOUT && format === 'png' && host.stdout.isTTY)
    throw new UserError('a png is nothing for a terminal to show; send it to a file, or give --format term');
  if (figure === 'scatter' && stat.length > 2)
    throw new UserError(
      `a scatter figure shows two statistics, not ${stat.length}: --stat ${stat.join(',')}`,
    );
}

export function plotOptionsOf(runs: readonly string[], flags: PlotFlags, host: Host): PlotOptions {
  return {
    runs: runs.map((run) => fromHost(host, run)),
    figure: flags.figure,
    stats: flags.stat ?? (flags.figure === 'scatter' ? ['idim', 'lsat'] : ['lsat']),
    thresholds: flags.threshold ?? [],
    rule: flags.rule,
    layers: flags.layers ?? [],
    mode: flags.mode,
    epoch: flags.epoch ?? -1,
    primaryMetric: flags.primaryMetric,
    range: flags.range,
    log: flags.log ?? false,
    title: flags.title,
    threads: flags.threads ?? availableParallelism(),
    cache: flags.cache ? cacheFolder(host.env) : undefined,
  };
}

export function styleOf(flags: PlotFlags): FigureStyle {
  const [width, height] = flags.size ?? [];
  return {
    theme: flags.theme,
    layout: flags.layout,
    fontSize: flags.fontSize,
    size: width === undefined || height === undefined ? undefined : { width, height },
    line: flags.line,
    scatter: flags.points,
    lineOpacity: flags.lineOpacity,
    pointOpacity: flags.pointOpacity,
    lineColours: flags.colours ?? [],
    pointColours: flags.pointColours ?? [],
    xTitle: flags.xTitle,
    yTitle: flags.yTitle,
    grid: flags.grid,
    noteAt: flags.metricAt,
  };
}
