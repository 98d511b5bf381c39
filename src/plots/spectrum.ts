import { explainedAt } from '../core/metrics.js';
import type { Spectrum } from '../core/spectrum.js';
import { UserError } from '../errors.js';
import type { FigureOptions, FigureRun, SpectrumFigure, SpectrumSeries } from './figure.js';
import { layerNames, slicesOf } from './slices.js';
import { figureName } from './statistic.js';

/** More spectra than these cannot be told apart; of layers that nobody chose, so many are taken then. */
const READABLE = 12;
const TAKEN = 8;

/**
 * Eigenvalues (scree) of layers and the share of the variance that the leading ones explain, with the cut of every threshold: one figure, a series for
 * every layer, run and mode. Of many layers that nobody chose, some are taken at even distances, from the first to the last.
 * @throws UserError where no layer has eigenvalues that are finite
 */
export function spectrumFigures(runs: readonly FigureRun[], options: FigureOptions): SpectrumFigure[] {
  const { slices, run, mode, epoch, shared } = slicesOf(
    runs.map((run) => ({ ...run, shownThreshold: undefined })),
    (layer, at) => finite(layer.spectra, at) !== undefined,
  );
  if (slices.length === 0) {
    throw new UserError(
      `${runs.map(({ results }) => results.label).join(', ')}: no layer has eigenvalues to show, only NaN`,
    );
  }
  const thresholds = [...options.thresholds].sort((a, b) => a - b);
  const names = layerNames(
    slices.map((slice) => ({ layers: slice.layers.filter((layer) => finite(layer.spectra, slice.epoch)) })),
  );
  const readable = names.length * slices.length <= READABLE;
  const shown =
    options.layersChosen || readable ? names : evenly(names, Math.max(2, Math.floor(TAKEN / slices.length)));
  const series = shown.flatMap((name) =>
    slices.flatMap((slice) => {
      const layer = slice.layers.find((candidate) => candidate.layer === name);
      const spectrum = layer && finite(layer.spectra, slice.epoch);
      return spectrum
        ? [seriesOf([name, slice.label].filter(Boolean).join(', '), spectrum, thresholds, options.rule)]
        : [];
    }),
  );
  const some = shown.length < names.length ? `${shown.length} of ${names.length} layers` : [];
  const cut = thresholds.length === 1 ? `threshold ${thresholds[0]}` : [];
  return [
    {
      kind: 'spectrum',
      title: options.title ?? 'Spectrum',
      subtitle: [run ?? [], shared, cut, some].flat().join(' · '),
      name: figureName('spectrum', [], mode ?? '', epoch === undefined ? '' : `epoch_${epoch}`),
      series,
      thresholds,
    },
  ];
}

function finite(spectra: ReadonlyMap<number, Spectrum>, epoch: number | undefined): Spectrum | undefined {
  const spectrum = epoch === undefined ? undefined : spectra.get(epoch);
  return spectrum?.values.every(Number.isFinite) ? spectrum : undefined;
}

function seriesOf(
  label: string,
  spectrum: Spectrum,
  thresholds: readonly number[],
  rule: FigureOptions['rule'],
): SpectrumSeries {
  const eigenvalues = spectrum.values.map((value) => Math.max(value, 0));
  const total = eigenvalues.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  const explained = eigenvalues.map((value) => {
    sum += value;
    // A zero matrix has nothing to explain.
    return total === 0 ? 1 : sum / total;
  });
  const cuts = explainedAt(spectrum, thresholds, rule).map(({ threshold, idim }) => ({
    threshold,
    idim,
    explained: explained[idim - 1]!,
  }));
  return { label, eigenvalues, explained, cuts };
}

/** `count` of the items at even distances, the first and the last among them; all, if there are no more. */
function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}
