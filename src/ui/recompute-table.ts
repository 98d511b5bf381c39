import { STATISTICS } from '../core/statistics.js';
import type { GateResult } from '../recompute/gate-check.js';
import type { Recomputation, RecomputedLayer } from '../recompute/recompute.js';
import { failedGate, markdownGates } from './gates.js';
import { markdownTable } from './markdown.js';
import { bar, formatCount, formatNumber } from './numbers.js';
import { paintShare } from './share-colour.js';
import { type Column, renderTable } from './table.js';
import type { Terminal } from './terminal.js';

const BAR_WIDTH = 16;

/** Recomputed layers as a table: what tells them apart, dimension, rows, statistics at every threshold. */
export function recomputeTable(recomputation: Recomputation, terminal: Terminal): string {
  return renderTable(recomputation.layers, columnsOf(recomputation, terminal), terminal);
}

/** The same as a table of markdown, then what became of the gates: for the summary of a CI job. */
export function recomputeMarkdown(recomputation: Recomputation): string {
  const table = markdownTable(recomputation.layers, columnsOf(recomputation, undefined));
  return [table, ...markdownGates(recomputation.gates, layerText(recomputation))].join('');
}

/** What a gate found, a line for each layer that broke it; undefined if it passed. */
export function failedRecomputeGate(
  gate: GateResult<RecomputedLayer>,
  recomputation: Recomputation,
): string | undefined {
  return failedGate(gate, layerText(recomputation));
}

/** A layer's name, with what tells it apart where there are several of it. */
function layerText({ layers }: Recomputation): (layer: RecomputedLayer) => string {
  const several = (of: (row: RecomputedLayer) => unknown) => new Set(layers.map(of)).size > 1;
  const modes = several(({ mode }) => mode);
  const epochs = several(({ epoch }) => epoch);
  const dumps = several(({ dump }) => dump);
  return ({ layer, mode, epoch, dump }) => {
    const told = [...(modes ? [mode] : []), ...(epochs ? [`epoch ${epoch}`] : []), ...(dumps ? [dump] : [])];
    return `${layer}${told.length > 0 ? ` (${told.join(', ')})` : ''}`;
  };
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
    terminal ? paintShare(text, share(layer), terminal.paint) : text;
  const text = (layer: RecomputedLayer) => (Number.isNaN(share(layer)) ? 'nan' : share(layer).toFixed(4));
  const columns: Column<RecomputedLayer>[] = [{ title: `saturation${at}`, align: 'right', text, paint }];
  if (index === 0 && terminal?.isTerminal) {
    const bars = (layer: RecomputedLayer) => bar(share(layer) || 0, BAR_WIDTH).padEnd(BAR_WIDTH);
    columns.push({ title: '', align: 'left', text: bars, paint, dispensable: 7 });
  }
  return columns;
}
