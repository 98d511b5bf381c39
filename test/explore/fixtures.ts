import { readFileSync } from 'node:fs';
import { type OpenedRun, openRun } from '../../src/ui/explore/run-epochs.js';
import { type Opening, openingState } from '../../src/ui/explore/state.js';

/** Dumps of the Python package: two epochs of train and eval; one epoch of a convolutional network, eval alone. */
export const PACKAGE = 'fixtures/dump/package';
export const CNN = 'fixtures/torch/expected/cnn';

/** What NumPy computed of a covariance (fixtures/make/explore.py). */
export interface Expected {
  mode: 'train' | 'eval';
  layer: string;
  epoch: number;
  d: number;
  trc: number;
  erank: number;
  pr: number;
  /** null for what is singular to working precision. */
  logdet: number | null;
  idim: Record<string, number>;
}

export const expected: Record<'dump/package' | 'torch/expected/cnn', Expected[]> = JSON.parse(
  readFileSync('fixtures/explore.json', 'utf8'),
);

export function opened(run: string, epoch = -1): Promise<OpenedRun> {
  const options = { rule: 'delve', layers: [], mode: undefined, threads: 1, cache: undefined } as const;
  return openRun(run, epoch, options, {}, new AbortController().signal);
}

export async function openingOf(run: string, columns = 80, rows = 24): Promise<Opening> {
  const { epoch, epochs, layers } = await opened(run);
  return { run, epoch, epochs, layers, threshold: 0.99, rule: 'delve', size: { columns, rows } };
}

export async function stateOf(run: string) {
  return openingState(await openingOf(run));
}
