import type { Change, ComparedLayer, Comparison, UnmatchedLayer } from '../compare/compare.js';
import { STATISTICS, type StatisticName } from '../core/statistics.js';
import { printable } from '../printable.js';
import type { GateResult } from '../recompute/gate-check.js';
import { failedGate, markdownGates } from './gates.js';
import { codeSpan, escapeMarkdown, markdownTable } from './markdown.js';
import { formatNumber } from './numbers.js';
import { type Column, renderTable } from './table.js';
import type { Terminal } from './terminal.js';

/** Cells of a bar on either side of its axis. */
const BAR = 8;

/** Which runs, every layer's statistics in both with their change, layers that one run lacks, and how many went where. */
export function compareTable(comparison: Comparison, terminal: Terminal): string {
  const { paint } = terminal;
  const [first] = comparison.stats;
  return [
    `${paint.bold('A')}  ${printable(runText(comparison.a))}\n`,
    `${paint.bold('B')}  ${printable(runText(comparison.b))}\n\n`,
    renderTable(comparison.layers, columnsOf(comparison, terminal), terminal),
    ...unmatchedLines(comparison).map((line) => `${printable(line)}\n`),
    first === undefined ? '' : `${paint.dim(sum(comparison, first))}\n`,
  ].join('');
}

/** The same as markdown, then what became of the gates: for the summary of a CI job. */
export function compareMarkdown(comparison: Comparison): string {
  const { a, b, layers, gates, stats } = comparison;
  const run = ({ label, epoch }: Comparison['a']) => `${codeSpan(label)}, epoch ${epoch}`;
  const lines = [...unmatchedLines(comparison), ...(stats[0] ? [sum(comparison, stats[0])] : [])];
  return [
    `A: ${run(a)}; B: ${run(b)}\n\n`,
    markdownTable(layers, columnsOf(comparison, undefined)),
    ...lines.map((line) => `\n${escapeMarkdown(line)}\n`),
    ...markdownGates(gates, layerText(comparison)),
  ].join('');
}

/** What a gate found, a line for each layer that broke it; undefined if it passed. */
export function failedCompareGate(
  gate: GateResult<ComparedLayer | UnmatchedLayer>,
  comparison: Comparison,
): string | undefined {
  return failedGate(gate, layerText(comparison));
}

function runText({ label, path, epoch }: Comparison['a']): string {
  return `${label === path || label.startsWith(`${path}@`) ? label : `${label} (${path})`}, epoch ${epoch}`;
}

function layerText({ layers, unmatched }: Comparison): (layer: ComparedLayer | UnmatchedLayer) => string {
  const modes = new Set([...layers, ...unmatched].map(({ mode }) => mode)).size > 1;
  return (layer) => {
    const told = [...(modes ? [layer.mode] : []), ...('only' in layer ? [`only in ${layer.only}`] : [])];
    return `${layer.layer}${told.length > 0 ? ` (${told.join(', ')})` : ''}`;
  };
}

function unmatchedLines({ layers, unmatched }: Comparison): string[] {
  const modes = new Set([...layers, ...unmatched].map(({ mode }) => mode)).size > 1;
  return (['A', 'B'] as const).flatMap((side) => {
    const names = unmatched
      .filter(({ only }) => only === side)
      .map(({ layer, mode }) => (modes ? `${layer} (${mode})` : layer));
    return names.length > 0 ? [`only in ${side}: ${names.join(', ')}`] : [];
  });
}

/** `8 layers: 5 up, 2 down, 1 the same; mean change +0.0312` */
function sum({ layers }: Comparison, name: StatisticName): string {
  const deltas = layers.map(({ changes }) => changes.get(name)?.delta ?? Number.NaN);
  const known = deltas.filter((delta) => !Number.isNaN(delta));
  const count = (test: (delta: number) => boolean) => known.filter(test).length;
  const parts = [
    `${count((delta) => delta > 0)} up`,
    `${count((delta) => delta < 0)} down`,
    `${count((delta) => delta === 0)} the same`,
    ...(known.length < deltas.length ? [`${deltas.length - known.length} unknown`] : []),
  ];
  const mean = known.reduce((total, delta) => total + delta, 0) / known.length;
  const said = known.length > 0 ? `; mean change of ${titleOf(name)} ${signed(mean, name)}` : '';
  return `${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}: ${parts.join(', ')}${said}`;
}

function columnsOf({ layers, stats }: Comparison, terminal: Terminal | undefined): Column<ComparedLayer>[] {
  const columns: Column<ComparedLayer>[] = [{ title: 'layer', align: 'left', text: ({ layer }) => layer }];
  if (new Set(layers.map(({ mode }) => mode)).size > 1)
    columns.push({ title: 'mode', align: 'left', text: ({ mode }) => mode });
  for (const [i, name] of stats.entries()) columns.push(...columnsOfStatistic(layers, name, i, terminal));
  return columns;
}

function columnsOfStatistic(
  layers: readonly ComparedLayer[],
  name: StatisticName,
  place: number,
  terminal: Terminal | undefined,
): Column<ComparedLayer>[] {
  const change = ({ changes }: ComparedLayer) => changes.get(name);
  const paint = (text: string, layer: ComparedLayer) => painted(text, change(layer), terminal);
  const title = titleOf(name);
  // Of further statistics the change tells most.
  const dispensable = place === 0 ? 2 : 4;
  const columns: Column<ComparedLayer>[] = [
    { title: `${title} A`, align: 'right', text: (layer) => number(change(layer)?.a, name), dispensable },
    { title: `${title} B`, align: 'right', text: (layer) => number(change(layer)?.b, name), dispensable },
    {
      title: place === 0 ? 'change' : `${title} change`,
      align: 'right',
      text: (layer) => arrow(change(layer), name),
      paint,
      ...(place > 0 && { dispensable: 3 }),
    },
  ];
  if (!STATISTICS[name].usesThreshold)
    columns.push({
      title: '%',
      align: 'right',
      text: (layer) => percent(change(layer)),
      paint,
      dispensable: 5,
    });
  if (place === 0 && terminal?.isTerminal) {
    const largest = Math.max(...layers.map((layer) => finite(change(layer)?.delta)));
    columns.push({
      title: '',
      align: 'left',
      text: (layer) => changeBar((change(layer)?.delta ?? 0) / largest),
      paint,
      dispensable: 7,
    });
  }
  return columns;
}

function titleOf(name: StatisticName): string {
  return name === 'idim' ? name : STATISTICS[name].longName.replace('covariance-', '');
}

function finite(delta: number | undefined): number {
  return delta !== undefined && Number.isFinite(delta) ? Math.abs(delta) : 0;
}

function number(value: number | undefined, name: StatisticName): string {
  if (value === undefined || Number.isNaN(value)) return 'nan';
  return name === 'lsat' ? value.toFixed(4) : formatNumber(value);
}

function signed(value: number, name: StatisticName): string {
  return `${value > 0 ? '+' : value < 0 ? '-' : ''}${number(Math.abs(value), name)}`;
}

/** The direction is told by an arrow and a sign: colours are for those who see them. */
function arrow(change: Change | undefined, name: StatisticName): string {
  if (!change || Number.isNaN(change.delta)) return '? nan';
  if (change.delta === 0) return '=';
  return `${change.delta > 0 ? '▲' : '▼'} ${signed(change.delta, name)}`;
}

function percent(change: Change | undefined): string {
  if (!change || !Number.isFinite(change.relative)) return '';
  const value = change.relative * 100;
  if (value === 0) return '';
  return `${value > 0 ? '+' : '-'}${Math.abs(value) >= 1000 ? formatNumber(Math.abs(value)) : Math.abs(value).toFixed(1)}`;
}

/** A share of the largest change, to the left of an axis for what went down. */
function changeBar(share: number): string {
  const cells =
    share === 0 || Number.isNaN(share) ? 0 : Math.max(1, Math.round(Math.min(1, Math.abs(share)) * BAR));
  const bar = '█'.repeat(cells);
  return `${(share < 0 ? bar : '').padStart(BAR)}│${(share > 0 ? bar : '').padEnd(BAR)}`;
}

function painted(text: string, change: Change | undefined, terminal: Terminal | undefined): string {
  if (!terminal) return text;
  const { paint } = terminal;
  if (!change || Number.isNaN(change.delta)) return paint.yellow(text);
  return change.delta > 0 ? paint.red(text) : change.delta < 0 ? paint.blue(text) : paint.dim(text);
}
