import { STATISTICS } from '../core/statistics.js';
import type { GateResult } from '../recompute/gate.js';
import type { Recomputation, RecomputedLayer } from '../recompute/recompute.js';
import { bar, formatCount, formatNumber } from './numbers.js';
import { type Column, renderTable } from './table.js';
import type { Terminal } from './terminal.js';

const BAR_WIDTH = 16;

/** Recomputed layers as a table: what tells them apart, dimension, rows, statistics at every threshold. */
export function recomputeTable(recomputation: Recomputation, terminal: Terminal): string {
  return renderTable(recomputation.layers, columnsOf(recomputation, terminal), terminal);
}

/** The same as a table of markdown, then what became of the gates: for the summary of a CI job. */
export function recomputeMarkdown(recomputation: Recomputation): string {
  const columns = columnsOf(recomputation, undefined);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = [
    line(columns.map(({ title }) => escaped(title))),
    line(columns.map(({ align }) => (align === 'left' ? '---' : '---:'))),
    ...recomputation.layers.map((layer) => line(columns.map(({ text }) => escaped(text(layer))))),
  ];
  const gates = recomputation.gates.map(({ expression, failed, value, breaches }) => {
    const of = value === undefined ? '' : ` (${formatNumber(value)})`;
    const list = breaches.map((breach) => `\n  - ${escaped(breachText(breach, recomputation))}`);
    return `- ${failed ? '❌' : '✅'} fail if ${codeSpan(expression)}${of}${list.join('')}`;
  });
  return `${[...lines, ...(gates.length > 0 ? ['', ...gates] : [])].join('\n')}\n`;
}

/** What a gate found, a line for each layer that broke it; undefined if it passed. */
export function failedGate(gate: GateResult, recomputation: Recomputation): string | undefined {
  if (!gate.failed) return undefined;
  const value = gate.value === undefined ? '' : ` (${formatNumber(gate.value)})`;
  return [
    `${gate.expression}${value}`,
    ...gate.breaches.map((breach) => `  ${breachText(breach, recomputation)}`),
  ].join('\n');
}

function breachText({ layer, value }: GateResult['breaches'][number], { layers }: Recomputation): string {
  const several = (of: (row: RecomputedLayer) => unknown) => new Set(layers.map(of)).size > 1;
  const told = [
    ...(several(({ mode }) => mode) ? [layer.mode] : []),
    ...(several(({ epoch }) => epoch) ? [`epoch ${layer.epoch}`] : []),
    ...(several(({ dump }) => dump) ? [layer.dump] : []),
  ];
  return `${layer.layer}${told.length > 0 ? ` (${told.join(', ')})` : ''}: ${formatNumber(value)}`;
}

function columnsOf(
  { layers, stats, thresholds }: Recomputation,
  terminal: Terminal | undefined,
): Column<RecomputedLayer>[] {
  const several = (of: (layer: RecomputedLayer) => unknown) => new Set(layers.map(of)).size > 1;
  const columns: Column<RecomputedLayer>[] = [{ title: 'layer', align: 'left', text: ({ layer }) => layer }];
  if (several(({ dump }) => dump)) columns.push({ title: 'dump', align: 'left', text: ({ dump }) => dump });
  if (several(({ epoch }) => epoch))
    columns.push({ title: 'epoch', align: 'right', text: ({ epoch }) => String(epoch) });
  if (several(({ mode }) => mode)) columns.push({ title: 'mode', align: 'left', text: ({ mode }) => mode });
  columns.push({ title: 'd', align: 'right', text: ({ d }) => formatCount(d), dispensable: 3 });
  if (layers.some(({ n }) => n !== undefined)) {
    const rows = ({ n }: RecomputedLayer) => (n === undefined ? '' : formatCount(n));
    columns.push({ title: 'n', align: 'right', text: rows, dispensable: 6 });
  }
  for (const [i, threshold] of thresholds.entries()) {
    const at = thresholds.length > 1 ? ` ${threshold}` : '';
    if (stats.includes('idim')) {
      columns.push({
        title: `idim${at}`,
        align: 'right',
        text: ({ byThreshold }) => formatNumber(byThreshold[i]!.idim),
        dispensable: at ? 5 : 2,
      });
    }
    if (stats.includes('lsat')) columns.push(...saturationColumns(i, at, terminal));
  }
  for (const name of stats) {
    if (STATISTICS[name].usesThreshold) continue;
    columns.push({
      title: STATISTICS[name].longName.replace('covariance-', ''),
      align: 'right',
      text: (layer) => formatNumber(layer.stats.get(name) ?? Number.NaN),
      dispensable: 4,
    });
  }
  return columns;
}

function saturationColumns(
  index: number,
  at: string,
  terminal: Terminal | undefined,
): Column<RecomputedLayer>[] {
  const share = ({ byThreshold }: RecomputedLayer) => byThreshold[index]!.saturation;
  const paint = (text: string, layer: RecomputedLayer) =>
    terminal ? paintShare(text, share(layer), terminal) : text;
  const text = (layer: RecomputedLayer) => (Number.isNaN(share(layer)) ? 'nan' : share(layer).toFixed(4));
  const columns: Column<RecomputedLayer>[] = [{ title: `saturation${at}`, align: 'right', text, paint }];
  if (index === 0 && terminal?.isTerminal) {
    const bars = (layer: RecomputedLayer) => bar(share(layer) || 0, BAR_WIDTH).padEnd(BAR_WIDTH);
    columns.push({ title: '', align: 'left', text: bars, paint, dispensable: 7 });
  }
  return columns;
}

function paintShare(text: string, share: number, { paint }: Terminal): string {
  return share < 0.1 ? paint.blue(text) : share > 0.9 ? paint.red(text) : paint.green(text);
}

function escaped(text: string): string {
  return text.replace(/[\\|*_`<>[\]]/g, '\\$&').replace(/\s+/g, ' ');
}

/** A code span may hold backticks if its fence has more of them. */
function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest > 0 ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
}
