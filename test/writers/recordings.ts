import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'npyjs';
import { afterEach, beforeEach } from 'vitest';
import { explainedAt } from '../../src/core/metrics.js';
import { symmetricSpectrum } from '../../src/core/spectrum.js';
import { STATISTICS, type StatisticName } from '../../src/core/statistics.js';
import { createWriter } from '../../src/writers/registry.js';
import type { EpochRecord, LayerRecord, RunDescription } from '../../src/writers/writer.js';

/** A dump, csv and printed lines that Python delve made of one recording at the threshold 0.9. */
export const PACKAGE = new URL('../../fixtures/dump/', import.meta.url).pathname;
export const STATS: StatisticName[] = ['lsat', 'idim', 'cov', 'det', 'trc', 'dtrc'];
export const RUN: RunDescription = { tool: 'delve', version: '0.0.0', options: { limit: 40 } };

export function layerRecord(
  layer: string,
  mode: 'train' | 'eval',
  covariance: Float64Array,
  stats: readonly StatisticName[] = STATS,
): LayerRecord {
  const d = Math.sqrt(covariance.length);
  const spectrum = symmetricSpectrum(covariance, d);
  return {
    layer,
    kind: 'dense',
    mode,
    n: 40,
    d,
    mean: Float64Array.from({ length: d }, (_, i) => i / 3),
    covariance,
    spectrum,
    stats: new Map(
      stats.map((name) => [name, STATISTICS[name].compute?.(spectrum, 0.9, 'delve') ?? Number.NaN] as const),
    ),
    byThreshold: explainedAt(spectrum, [0.9, 0.99]),
    seconds: 0.25,
  };
}

/** Items of an npy file of doubles or of counts. */
export function npyItems(path: string): { type: string; items: number[] } {
  const { dtype, data } = parse(Uint8Array.from(readFileSync(path)).buffer);
  return { type: dtype, items: Array.from(data as Float64Array | BigInt64Array, Number) };
}

/** The recording whose covariances the package dumped, with our own statistics of them. */
export function packageEpoch(epoch: number): EpochRecord {
  // The order of layers differs from that of columns on purpose: modes are sorted by the writers.
  const layers = (['eval', 'train'] as const).flatMap((mode) =>
    ['features-0', 'fc'].map((layer) => {
      const quantity = `_${mode}-covariance-matrix_${layer}`;
      const { items } = npyItems(join(PACKAGE, 'package', quantity, `${quantity}_epoch${epoch}.npy`));
      return layerRecord(layer, mode, Float64Array.from(items));
    }),
  );
  const scalars = new Map([
    ['average-train-sat', Number.NaN],
    ['average-eval-sat', Number.NaN],
  ]);
  return { epoch, model: `checkpoints/${epoch}`, layers, scalars };
}

/** An epoch of one small layer. */
export function smallEpoch(
  epoch: number,
  layer = 'fc',
  stats: readonly StatisticName[] = ['lsat', 'idim', 'cov'],
): EpochRecord {
  const covariance = Float64Array.of(2 + epoch, 1, 1, 2 + epoch);
  return { epoch, model: 'm', layers: [layerRecord(layer, 'eval', covariance, stats)], scalars: new Map() };
}

/** A fresh folder for each test of a file; `files` lists what is in it. */
export function temporaryFolder(): { at(...parts: string[]): string; files(...parts: string[]): string[] } {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'delve-writers-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const at = (...parts: string[]) => join(root, ...parts);
  return {
    at,
    files: (...parts) =>
      readdirSync(at(...parts), { recursive: true })
        .map(String)
        .sort(),
  };
}

export interface Written {
  notes: string[];
  lines: string[];
}

/** Opens a writer, writes the epochs and closes it, as a recording does. */
export async function write(
  name: string,
  savefile: string,
  epochs: readonly EpochRecord[],
  initialEpoch = epochs[0]?.epoch ?? 0,
): Promise<Written> {
  const written: Written = { notes: [], lines: [] };
  const writer = await createWriter(name, {
    savefile,
    initialEpoch,
    note: (message) => written.notes.push(message),
    print: (line) => written.lines.push(line),
  });
  await writer.open();
  for (const epoch of epochs) await writer.write(epoch);
  await writer.close(RUN);
  return written;
}
