import { isStatisticName, STATISTICS } from '../core/statistics.js';
import type { EpochRecord, LayerRecord } from '../writers/writer.js';
import { bar, formatCount, formatNumber } from './numbers.js';
import { paintShare } from './share-colour.js';
import { type Column, renderTable } from './table.js';
import type { Terminal } from './terminal.js';

const BAR_WIDTH = 16;
/** Shown by columns of their own. */
const OWN_COLUMNS = new Set(['idim', 'lsat', 'cov']);

/** An epoch's layers as a table: dimension, rows, intrinsic dimensionality and saturation at every threshold, trace. */
export function recordTable(epoch: EpochRecord, terminal: Terminal): string {
  const { layers } = epoch;
  const columns: Column<LayerRecord>[] = [
    { title: 'layer', align: 'left', text: ({ layer }) => layer },
    { title: 'kind', align: 'left', text: ({ kind }) => kind, dispensable: 5 },
  ];
  if (new Set(layers.map(({ mode }) => mode)).size > 1) {
    columns.push({ title: 'mode', align: 'left', text: ({ mode }) => mode });
  }
  columns.push(
    { title: 'd', align: 'right', text: ({ d }) => formatCount(d), dispensable: 3 },
    { title: 'n', align: 'right', text: ({ n }) => formatCount(n), dispensable: 6 },
    ...explainedColumns(layers, terminal),
    ...statisticColumns(layers),
  );
  return renderTable(layers, columns, terminal);
}

function explainedColumns(layers: readonly LayerRecord[], terminal: Terminal): Column<LayerRecord>[] {
  const thresholds = layers[0]?.byThreshold ?? [];
  const several = thresholds.length > 1;
  return thresholds.flatMap(({ threshold }, i): Column<LayerRecord>[] => {
    const at = several ? ` ${threshold}` : '';
    const share = (row: LayerRecord) => row.byThreshold[i]!.saturation;
    const columns: Column<LayerRecord>[] = [
      {
        title: `idim${at}`,
        align: 'right',
        text: (row) => formatNumber(row.byThreshold[i]!.idim),
        dispensable: several ? 4 : 2,
      },
      {
        title: `saturation${at}`,
        align: 'right',
        text: (row) => share(row).toFixed(4),
        paint: (text, row) => paintShare(text, share(row), terminal.paint),
      },
    ];
    if (i === 0 && terminal.isTerminal) {
      columns.push({
        title: '',
        align: 'left',
        text: (row) => bar(share(row), BAR_WIDTH).padEnd(BAR_WIDTH),
        paint: (text, row) => paintShare(text, share(row), terminal.paint),
        dispensable: 7,
      });
    }
    return columns;
  });
}

function statisticColumns(layers: readonly LayerRecord[]): Column<LayerRecord>[] {
  const names = [...(layers[0]?.stats.keys() ?? [])].filter((name) => !OWN_COLUMNS.has(name));
  return names.map((name) => ({
    title: isStatisticName(name) ? STATISTICS[name].longName.replace('covariance-', '') : name,
    align: 'right',
    text: (row) => formatNumber(row.stats.get(name) ?? Number.NaN),
    dispensable: 4,
  }));
}
