import type { LayerAtEpoch } from './report.js';

/** The layers of a run in a mode at an epoch: a line in the figure of layers. */
export interface Series {
  /** What tells it from the others; '' if it is the only one. */
  label: string;
  rows: readonly LayerAtEpoch[];
}

/** What rows differ in. */
export interface Several {
  runs: boolean;
  modes: boolean;
  epochs: boolean;
}

export function severalOf(rows: readonly LayerAtEpoch[]): Several {
  const several = (key: 'run' | 'mode' | 'epoch') => new Set(rows.map((row) => row[key])).size > 1;
  return { runs: several('run'), modes: several('mode'), epochs: several('epoch') };
}

/** Rows by run, mode and epoch. `runs`: names of the runs, by index. */
export function seriesOf(rows: readonly LayerAtEpoch[], runs: readonly string[]): Series[] {
  const several = severalOf(rows);
  const found = new Map<string, LayerAtEpoch[]>();
  for (const row of rows) {
    const key = `${row.run} ${row.mode} ${row.epoch}`;
    const list = found.get(key);
    if (list) list.push(row);
    else found.set(key, [row]);
  }
  const labels = new Map<string, number>();
  return [...found.values()].map((list) => {
    const label = placeOf(list[0]!, runs, several);
    const times = (labels.get(label) ?? 0) + 1;
    labels.set(label, times);
    return { label: times === 1 ? label : `${label} (${times})`, rows: list };
  });
}

/** Run, mode and epoch of a row, in words, as far as rows differ in them. */
export function placeOf(
  { run, mode, epoch }: LayerAtEpoch,
  runs: readonly string[],
  several: Several,
): string {
  return [
    ...(several.runs ? [runs[run]!] : []),
    ...(several.modes ? [mode] : []),
    ...(several.epochs ? [`epoch ${epoch}`] : []),
  ].join(', ');
}
