import picomatch from 'picomatch';
import type { Dump, DumpLayer } from '../dump/read.js';
import type { Mode } from '../dump/stored.js';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';

export interface DumpSelection {
  /** Globs; none: all layers. */
  layers: readonly string[];
  /** undefined: both. */
  mode: Mode | undefined;
  /** Negative ones count from the last, which is -1. */
  epoch: number | 'all';
}

/** A covariance to look into: a layer in one epoch. */
export interface Selected {
  layer: DumpLayer;
  epoch: number;
}

/**
 * What a selection takes of the covariances of dumps, for each of them: by epoch, layers in the dump's order.
 * @throws UserError for an epoch or a mode that is not there, a glob that matches in none of them, a dump without covariances.
 */
export function selectSpectra(
  dumps: readonly Dump[],
  selection: DumpSelection,
  note: (message: string) => void,
): Selected[][] {
  const recorded = dumps.map((dump) => {
    const layers = dump.layers.filter(({ covariance, spectrum }) => covariance ?? spectrum);
    if (layers.length === 0) throw new UserError(noCovariances(dump));
    return { dump, layers };
  });
  const names = [...new Set(recorded.flatMap(({ layers }) => layers.map(({ layer }) => layer)))];
  const isNamed = layersTest(selection.layers, names, dumps.map(({ path }) => path).join(', '));
  return recorded.map(({ dump, layers }) => {
    const named = layers.filter(({ layer }) => isNamed(layer));
    if (named.length > 0) return selectIn(dump, named, selection, note);
    note(`${dump.path}: no layer matches ${selection.layers.join(', ')}`);
    return [];
  });
}

function selectIn(
  dump: Dump,
  named: readonly DumpLayer[],
  selection: DumpSelection,
  note: (message: string) => void,
): Selected[] {
  const layers = layersOfMode(named, selection.mode, dump.path);
  const epochs = selectEpochs([...new Set(layers.flatMap(epochsOf))], selection.epoch, dump.path);
  const lacking = layers.filter((layer) => !epochs.some((epoch) => epochsOf(layer).includes(epoch)));
  if (lacking.length > 0) {
    note(
      `${dump.path}: nothing of epoch ${epochs.join(', ')} in ${lacking.map(({ layer, mode }) => `${layer} (${mode})`).join(', ')}`,
    );
  }
  return epochs.flatMap((epoch) =>
    layers.filter((layer) => epochsOf(layer).includes(epoch)).map((layer) => ({ layer, epoch })),
  );
}

/** A test for names of layers. A name may hold what a glob takes for syntax: the name itself always matches. */
export function layerTest(pattern: string): (name: string) => boolean {
  const glob = picomatch(pattern, { dot: true });
  return (name) => name === pattern || glob(name);
}

/** A test for layers of these globs, or all without one. @throws UserError for a glob that matches none of `names`, those in `where`. */
export function layersTest(
  patterns: readonly string[],
  names: readonly string[],
  where: string,
): (name: string) => boolean {
  const tests = patterns.map((pattern) => {
    const test = layerTest(pattern);
    if (!names.some(test))
      throw new UserError(`--layers ${pattern}: in ${where} ${nearest(pattern, names, 'layer')}`);
    return test;
  });
  return (name) => tests.length === 0 || tests.some((test) => test(name));
}

/** Those of a mode, or all without one. @throws UserError if `where` holds the other mode alone. */
export function layersOfMode<Layer extends { mode: Mode }>(
  layers: readonly Layer[],
  wanted: Mode | undefined,
  where: string,
): Layer[] {
  const found = layers.filter(({ mode }) => wanted === undefined || wanted === mode);
  if (found.length > 0) return found;
  const held = [...new Set(layers.map(({ mode }) => mode))].join(' and ');
  throw new UserError(`--mode ${wanted}: of these layers ${where} holds ${held} alone`);
}

/** Epochs that a dump holds of a layer's covariance, or of its eigenvalues. */
export function epochsOf({ covariance, spectrum }: DumpLayer): number[] {
  return [...new Set([...(covariance?.files.keys() ?? []), ...(spectrum?.files.keys() ?? [])])];
}

/**
 * Of the epochs that `where` holds, the one or all that are asked for, ascending.
 * @throws UserError for one that is not there, naming `said`, which is how the user asked for it.
 */
export function selectEpochs(
  held: readonly number[],
  asked: number | 'all',
  where: string,
  said = `--epoch ${asked}`,
): number[] {
  const all = held.toSorted((a, b) => a - b);
  if (asked === 'all') return all;
  const epoch = asked < 0 ? all.at(asked) : all.find((found) => found === asked);
  if (epoch === undefined) {
    throw new UserError(`${said}: the epochs of ${where} are ${ranges(all)}`);
  }
  return [epoch];
}

/** `0 to 3, 7`. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? from : `${from} to ${to}`)).join(', ');
}

/** Says what a dump without covariances holds instead. */
export function noCovariances({ path, layers, others }: Dump): string {
  const statistics = new Set(
    layers.flatMap((layer) => layer.statistics.flatMap(({ of }) => of?.statistic ?? [])),
  );
  const held = [...statistics, ...others.map(({ name }) => name)];
  const shown = held.length > 0 ? held.slice(0, 8).join(', ') : 'nothing else';
  return `${path} holds no covariances to recompute from, only ${shown}; record with cov among --stats, or collect what is stored: delve reconstruct-csv ${path} without --threshold`;
}
