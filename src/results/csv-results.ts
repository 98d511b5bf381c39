import { STATISTICS, statisticNames } from '../core/statistics.js';
import { type Mode, parseQuantityName } from '../dump/stored.js';
import { UserError } from '../errors.js';
import { selectEpochs } from '../recompute/selection.js';
import { CSV_EXPECTED, type CsvFile, holdsText, numbersOf, readCsvFile } from './csv-file.js';
import { chooseLayers, numericStatistics } from './layers.js';
import type { ResultLayer, Results, ResultsOptions } from './results.js';

/** A layer in a mode, with the names of its columns by statistic. */
interface CsvLayer {
  layer: string;
  mode: Mode;
  columns: Map<string, string>;
}

/**
 * The results that a csv holds. `said` is how the user asked for the epoch.
 * @throws UserError for a csv that was not written so, and for what only a dump can tell.
 */
export async function csvResults(
  path: string,
  options: ResultsOptions,
  said: string,
  note: (message: string) => void,
): Promise<Omit<Results, 'label'>> {
  requireNoDump(path, options);
  const file = await readCsvFile(path);
  const { layers, others } = columnsOf(file);
  const wanted = numericStatistics(options.stats).map((name) => STATISTICS[name].longName);
  const held = layers.filter(
    ({ columns }) => wanted.length === 0 || wanted.some((name) => columns.has(name)),
  );
  if (held.length === 0) throw new UserError(nothingHeld(path, layers, wanted));
  const chosen = chooseLayers(held, options, path);
  const recorded = file.rows.map(({ epoch }) => epoch);
  if (recorded.length === 0) throw new UserError(`${path} holds no epoch, only the names of columns`);
  const epochs = selectEpochs(recorded, options.epoch, path, said);
  const numbers = (column: string) => {
    const all = numbersOf(file, column);
    return new Map(epochs.flatMap((epoch) => (all.has(epoch) ? [[epoch, all.get(epoch)!]] : [])));
  };
  const texts = others.filter((column) => holdsText(file, column));
  if (texts.length > 0) note(`${path}: ${texts.join(', ')}: text, not numbers, so left out`);
  const read = chosen.map(({ layer, mode, columns }): ResultLayer => {
    const statistics = wanted
      .filter((name) => columns.has(name))
      .map((name) => [name, numbers(columns.get(name)!)] as const);
    return { layer, mode, statistics: new Map(statistics), spectra: new Map() };
  });
  return {
    path,
    epochs,
    recordedWith: undefined,
    layers: recordedModes(read, wanted, `${path}: nothing of epoch ${epochs.join(', ')} in`, note),
    scalars: new Map(
      others
        .filter((column) => !texts.includes(column))
        .map((column) => [column.replace(/^_/, ''), numbers(column)]),
    ),
  };
}

/** A mode without any number in these epochs was not recorded then, if the other mode has some: empty cells are NaN, too. */
function recordedModes(
  layers: readonly ResultLayer[],
  wanted: readonly string[],
  said: string,
  note: (message: string) => void,
): ResultLayer[] {
  const isEmpty = ({ statistics }: ResultLayer) => [...statistics.values()].every(({ size }) => size === 0);
  const held = new Set(layers.filter((layer) => !isEmpty(layer)).map(({ mode }) => mode));
  const recorded = layers.filter(({ mode }) => held.has(mode));
  if (wanted.length === 0 || recorded.length === 0 || recorded.length === layers.length) return [...layers];
  note(`${said} ${held.has('train') ? 'eval' : 'train'}`);
  return recorded;
}

function requireNoDump(path: string, { stats, threshold, rule, spectra }: ResultsOptions): void {
  const needs = (what: string) =>
    new UserError(
      `${what}, and ${path} is a csv, which holds statistics alone; give the dump of the run, which --save-to npy writes`,
    );
  if (spectra) throw needs('eigenvalues come from covariances');
  if (!stats.some((name) => STATISTICS[name].usesThreshold)) return;
  if (threshold !== undefined) throw needs(`--threshold ${threshold} takes covariances`);
  if (rule !== 'delve') throw needs(`--rule ${rule} takes covariances`);
}

/**
 * Columns are a layer's if their statistic is one of delve's, or their layer has one of those, too: `eval-accuracy_top5` is none.
 */
function columnsOf({ path, columns }: CsvFile): { layers: CsvLayer[]; others: string[] } {
  const known = new Set(statisticNames().map((name) => STATISTICS[name].longName));
  const parsed = columns.map((column) => ({
    column,
    of: parseQuantityName(column.startsWith('_') ? column : `_${column}`),
  }));
  const names = new Set(parsed.flatMap(({ of }) => (of && known.has(of.statistic) ? [of.layer] : [])));
  const layers = new Map<string, CsvLayer>();
  const others: string[] = [];
  for (const { column, of } of parsed) {
    if (of === undefined || !names.has(of.layer)) {
      others.push(column);
      continue;
    }
    const { mode, layer, statistic } = of;
    const key = `${mode} ${layer}`;
    const found = layers.get(key) ?? { layer, mode, columns: new Map<string, string>() };
    const twin = found.columns.get(statistic);
    if (twin !== undefined)
      throw new UserError(
        `${path}: the columns '${twin}' and '${column}' are of the same statistic; remove one of them`,
      );
    found.columns.set(statistic, column);
    layers.set(key, found);
  }
  return { layers: [...layers.values()], others };
}

function nothingHeld(path: string, layers: readonly CsvLayer[], wanted: readonly string[]): string {
  const held = new Set(layers.flatMap(({ columns }) => [...columns.keys()]));
  if (held.size === 0) return `${path} has no column of a layer; ${CSV_EXPECTED}`;
  return `${path} holds no ${wanted.join(' and no ')}, only ${[...held].join(', ')}; give the dump of the run, or record with these --stats`;
}
