import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ActivationBatch, CovarianceMatrix, TorchCovarianceMatrix, UserError } from '../../src/index.js';

interface Batch {
  shape: number[];
  data: number[];
}
interface Case {
  name: string;
  vae: boolean;
  batches: Batch[];
  n: number;
  centred: Batch;
  uncentred: Batch;
  samples: Batch;
}
const cases: Case[] = JSON.parse(readFileSync('fixtures/library/covariance-matrix.json', 'utf8'));

function expectClose(ours: Float64Array, theirs: Batch) {
  expect(ours.length).toBe(theirs.data.length);
  const largest = Math.max(...theirs.data.map(Math.abs));
  for (const [i, value] of theirs.data.entries()) {
    expect(Math.abs(ours[i]! - value)).toBeLessThanOrEqual(1e-12 * largest);
  }
}

describe.each(cases)('$name', ({ vae, batches, n, centred, uncentred, samples }) => {
  const updated = () => {
    const covariance = new CovarianceMatrix({ saveData: true });
    for (const batch of batches) covariance.update(batch, vae);
    return covariance;
  };

  it('has the covariance and second moments of TorchCovarianceMatrix', () => {
    const covariance = updated();
    expectClose(covariance.fix(), centred);
    expectClose(covariance.fix(false), uncentred);
    expect([covariance.n, covariance.d]).toEqual([n, centred.shape[0]]);
    const saved = covariance.savedSamples!;
    expect([saved.n, saved.d]).toEqual(samples.shape);
    expect(Array.from(saved.data)).toEqual(samples.data);
  });

  it('is the same when its batches are merged, in any order', () => {
    const parts = batches.map((batch) => {
      const part = new CovarianceMatrix();
      part.update(batch, vae);
      return part;
    });
    for (const order of [parts, [...parts].reverse()]) {
      const whole = new CovarianceMatrix();
      whole.merge(new CovarianceMatrix());
      for (const part of order) whole.merge(part);
      expectClose(whole.fix(), centred);
      expectClose(whole.fix(false), uncentred);
    }
  });

  it('goes on after fix', () => {
    const covariance = new CovarianceMatrix();
    for (const batch of batches) {
      covariance.update(batch, vae);
      covariance.fix();
    }
    expectClose(covariance.fix(), centred);
  });
});

describe('CovarianceMatrix', () => {
  it('turns a batch that has its samples along the second axis', () => {
    // The package makes the matrix of the other size, and fails.
    const columns = new CovarianceMatrix();
    columns.update({ shape: [2, 3], data: [1, 2, 4, 10, 20, 50] }, true);
    const rows = new CovarianceMatrix();
    rows.update({ shape: [3, 2], data: [1, 10, 2, 20, 4, 50] });
    expect(columns.fix()).toEqual(rows.fix());
  });

  it('takes single samples, and with vae as many samples of one number', () => {
    const single = new CovarianceMatrix();
    for (const data of [
      [1, 2],
      [3, 5],
      [5, 2],
    ])
      single.update({ shape: [2], data });
    const together = new CovarianceMatrix();
    together.update({ shape: [3, 2], data: Float32Array.of(1, 2, 3, 5, 5, 2) });
    expectClose(single.fix(), { shape: [2, 2], data: Array.from(together.fix()) });
    const numbers = new CovarianceMatrix();
    numbers.update({ shape: [4], data: [1, 2, 3, 4] }, true);
    expect([numbers.n, ...numbers.fix()]).toEqual([4, 1.25]);
  });

  it('has the parameters of the package, of which bias and device change nothing', () => {
    const plain = new TorchCovarianceMatrix();
    const other = new TorchCovarianceMatrix({ bias: true, device: 'cuda:0' });
    expect(plain).toBeInstanceOf(CovarianceMatrix);
    expect([plain.bias, plain.device, plain.saveData]).toEqual([false, 'cpu', false]);
    expect([other.bias, other.device]).toEqual([true, 'cuda:0']);
    for (const each of [plain, other]) each.update({ shape: [2, 1], data: [1, 3] });
    expect([plain.fix()[0], other.fix()[0]]).toEqual([1, 1]);
    expect(plain.savedSamples).toBeUndefined();
  });

  it.each<[ActivationBatch, RegExp]>([
    [{ shape: [2, 3], data: [1, 2] }, /shape \(2, 3\) with 2 numbers/],
    [{ shape: [1, 2, 3], data: [1, 2, 3, 4, 5, 6] }, /none of \(samples, features\)/],
    [{ shape: [1, 3], data: [1, 2, 3] }, /has samples of 3 numbers, those before had 2/],
  ])('refuses a batch that does not fit: %j', (batch, message) => {
    const covariance = new CovarianceMatrix();
    covariance.update({ shape: [1, 2], data: [1, 2] });
    expect(() => covariance.update(batch)).toThrow(UserError);
    expect(() => covariance.update(batch)).toThrow(message);
  });

  it('has no covariance before the first sample', () => {
    expect(() => new CovarianceMatrix().fix()).toThrow(UserError);
    const empty = new CovarianceMatrix({ saveData: true });
    expect([empty.n, empty.d, empty.savedSamples]).toEqual([0, undefined, undefined]);
  });
});
