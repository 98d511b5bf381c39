import { STATISTICS, type StatisticName } from '../src/core/statistics.js';
import { formatCount, formatNumber } from '../src/ui/numbers.js';
import { statisticLabel } from './figures.js';
import type { Column } from './layer-table.js';
import type { LayerAtEpoch } from './report.js';
import type { Several } from './series.js';

/** What columns need to know. */
export interface ColumnSource {
  /** Names of runs, by index. */
  runs: readonly string[];
  several: Several;
  /** The statistic of the figure: a column in any case. */
  statistic: StatisticName;
  /** What the results have. */
  available: readonly StatisticName[];
  /** Whether numbers of points are known. */
  counted: boolean;
  value(row: LayerAtEpoch, name: StatisticName): number | undefined;
}

const ALWAYS: readonly StatisticName[] = ['idim', 'lsat', 'trc', 'erank', 'pr'];
const SHORT: Partial<Record<StatisticName, string>> = {
  idim: 'idim',
  trc: 'trace',
  det: 'determinant',
  logdet: 'log determinant',
};

export function columnsOf({ runs, several, statistic, available, counted, value }: ColumnSource): Column[] {
  const statistics = available.filter((name) => ALWAYS.includes(name) || name === statistic);
  const text = (name: string, cell: (row: LayerAtEpoch) => string): Column => ({
    name,
    numeric: false,
    cell,
    text: String,
  });
  const count = (name: string, title: string, cell: (row: LayerAtEpoch) => number | undefined): Column => ({
    name,
    title,
    numeric: true,
    cell,
    text: formatCount,
  });
  return [
    text('layer', ({ layer }) => layer),
    ...(several.runs ? [text('run', ({ run }) => runs[run]!)] : []),
    ...(several.modes ? [text('mode', ({ mode }) => mode)] : []),
    ...(several.epochs ? [count('epoch', 'epoch of training', ({ epoch }) => epoch)] : []),
    count('#', 'place in the order of execution', ({ place }) => place),
    count('d', 'dimension of the layer', ({ spectrum }) => spectrum?.d),
    ...(counted ? [count('n', 'points that the covariance was computed from', ({ n }) => n)] : []),
    ...statistics.map(
      (name): Column => ({
        name: SHORT[name] ?? statisticLabel(name),
        title: STATISTICS[name].description,
        numeric: true,
        cell: (row) => value(row, name),
        text: formatNumber,
        share: name === 'lsat',
      }),
    ),
  ];
}
