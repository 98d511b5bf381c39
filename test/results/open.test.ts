import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/errors.js';
import { openResults } from '../../src/results/open.js';
import type { Results, ResultsOptions } from '../../src/results/results.js';
import { npyBytes, putDiagonal, putQuantity } from '../recompute/dumps.js';

const PACKAGE = 'fixtures/dump/package';
const OPTIONS: ResultsOptions = {
  stats: ['lsat', 'idim', 'trc'],
  threshold: undefined,
  rule: 'delve',
  layers: [],
  mode: undefined,
  epoch: 'all',
  spectra: false,
  threads: 1,
  cache: undefined,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-results-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

function open(run: string, options: Partial<ResultsOptions> = {}, notes: string[] = []): Promise<Results> {
  return openResults(run, { ...OPTIONS, ...options }, { note: (message) => notes.push(message) });
}

/** `eval-saturation_fc` -> epoch -> number, of everything that results hold. */
function flat({ layers, scalars }: Results): Record<string, Record<number, number>> {
  const ofLayers = layers.flatMap(({ layer, mode, statistics }) =>
    [...statistics].map(([name, numbers]) => [`${mode}-${name}_${layer}`, numbers] as const),
  );
  return Object.fromEntries(
    [...ofLayers, ...scalars].map(([name, numbers]) => [name, Object.fromEntries(numbers)]),
  );
}

/** The same of the package's csv, read on its own. */
function packageTable(columns: RegExp): Record<string, Record<number, number>> {
  const { data } = Papa.parse<Record<string, string>>(
    readFileSync('fixtures/dump/package.csv', 'utf8').trim(),
    { delimiter: ';', header: true },
  );
  const names = Object.keys(data[0]!).filter((name) => columns.test(name));
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(data.flatMap((row, i) => (row[name] === '' ? [] : [[i, Number(row[name])]]))),
    ]),
  );
}

describe('openResults', () => {
  it("reads the package's csv and its dump alike", async () => {
    const wanted = packageTable(/saturation|dimensionality|covariance-trace|average/);
    const csv = await open('fixtures/dump/package.csv');
    expect(flat(csv)).toEqual(wanted);
    expect(csv).toMatchObject({ label: 'fixtures/dump/package.csv', epochs: [0, 1] });
    const dump = await open(PACKAGE);
    expect(flat(dump)).toMatchObject(packageTable(/saturation|dimensionality|covariance-trace/));
    expect(dump.layers.map(({ layer, mode }) => `${mode} ${layer}`)).toEqual(
      csv.layers.map(({ layer, mode }) => `${mode} ${layer}`),
    );
    expect(dump.layers.every(({ spectra }) => spectra.size === 0)).toBe(true);
  });
});
