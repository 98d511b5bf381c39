import type { Mode } from '../dump/stored.js';
import type { ResultLayer, Results } from '../results/results.js';
import type { FigureRun } from './figure.js';

/** A run as a figure of one statistic takes it. */
export interface StatRun extends FigureRun {
  /** What the figure says of the threshold: that of the run, else the one that it was recorded with; undefined: nothing. */
  shownThreshold: number | undefined;
}

/** What a figure shows of a run: its layers in one mode. */
export interface Slice {
  results: Results;
  threshold: number | undefined;
  shownThreshold: number | undefined;
  mode: Mode;
  /** The last of the results; undefined in figures of all epochs. */
  epoch: number | undefined;
  layers: readonly ResultLayer[];
  /** What tells it from the other slices; '' if it is the only one. */
  label: string;
}

export interface Slices {
  slices: readonly Slice[];
  /** The run, if there is one alone. */
  run: string | undefined;
  /** The mode, if there is one alone. */
  mode: Mode | undefined;
  /** The epoch, if there is one alone. */
  epoch: number | undefined;
  /** What all slices have in common but the run, in words: `eval`, `epoch 3`, `threshold 0.99`. */
  shared: readonly string[];
}

type Unlabelled = Omit<Slice, 'label'>;

/**
 * The runs' slices in which `holds` finds something to show; what they have in common, and names for the rest. `allEpochs`: epochs
 * are in the figure, not what tells its parts apart.
 */
export function slicesOf(
  runs: readonly StatRun[],
  holds: (layer: ResultLayer, epoch: number | undefined) => boolean,
  allEpochs = false,
): Slices {
  const found: Unlabelled[] = runs.flatMap((run) => {
    const { results } = run;
    const epoch = allEpochs ? undefined : results.epochs.at(-1);
    return (['train', 'eval'] as const).flatMap((mode) => {
      const layers = results.layers.filter((layer) => layer.mode === mode);
      const any = layers.some((layer) => holds(layer, epoch));
      return any ? [{ ...run, mode, epoch, layers }] : [];
    });
  });
  const runLabels = shortLabels([...new Set(runs.map(({ results }) => results.label))]);
  const parts: ((slice: Unlabelled) => string | undefined)[] = [
    ({ results }) => runLabels.get(results.label),
    ({ mode }) => mode,
    ({ epoch }) => (epoch === undefined ? undefined : `epoch ${epoch}`),
    ({ shownThreshold }) => (shownThreshold === undefined ? undefined : `threshold ${shownThreshold}`),
  ];
  const values = parts.map((part) => new Set(found.map(part)));
  // Of a run that does not tell (its threshold), nothing can be said to differ.
  const differing = values.map((all) => [...all].filter((value) => value !== undefined).length > 1);
  // A run's name may hold its epoch, which need not be said twice.
  const named = differing[0] && found.every(({ results }) => results.label.includes('@'));
  const labels = found.map((slice) =>
    parts.flatMap((part, i) => (differing[i] && !(i === 2 && named) ? (part(slice) ?? []) : [])).join(', '),
  );
  const [first] = found;
  return {
    slices: found.map((slice, i) => ({ ...slice, label: distinct(labels, i) })),
    run: first && !differing[0] ? parts[0]!(first) : undefined,
    mode: first && !differing[1] ? first.mode : undefined,
    epoch: first && new Set(found.map(({ epoch }) => epoch)).size === 1 ? first.epoch : undefined,
    shared: values.slice(1).flatMap((all) => (all.size === 1 ? ([...all][0] ?? []) : [])),
  };
}

/** `/home/me/runs/mnist` is `mnist`. */
export function runName(label: string): string {
  return shortLabels([label]).get(label) ?? label;
}

/** Labels without the folders that all of them begin with: `runs/a`, `runs/b` are `a`, `b`. */
export function shortLabels(labels: readonly string[]): Map<string, string> {
  const split = labels.map((label) => label.replace(/(?<=.)[/\\]+$/, '').split(/[/\\]/));
  let common = 0;
  while (split.every((parts) => common < parts.length - 1 && parts[common] === split[0]![common])) common++;
  return new Map(labels.map((label, i) => [label, split[i]!.slice(common).join('/')]));
}

/**
 * The names of layers in execution order, each once. Those that slices before lack stand after what precedes them in their own,
 * and last if it has no layer in common with these.
 */
export function layerNames(slices: readonly Pick<Slice, 'layers'>[]): string[] {
  const names: string[] = [];
  const known = new Set<string>();
  for (const { layers } of slices) {
    const shared = layers.find(({ layer }) => known.has(layer));
    let place = shared ? names.indexOf(shared.layer) : names.length;
    for (const { layer } of layers) {
      if (known.has(layer)) place = names.indexOf(layer) + 1;
      else {
        names.splice(place++, 0, layer);
        known.add(layer);
      }
    }
  }
  return names;
}

function distinct(labels: readonly string[], i: number): string {
  const before = labels.slice(0, i).filter((label) => label === labels[i]).length;
  return before === 0 ? labels[i]! : `${labels[i]} (${before + 1})`;
}
