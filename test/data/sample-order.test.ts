import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDataset } from '../../src/data/registry.js';
import { readSamples, shuffledOrder } from '../../src/data/sample-order.js';
import { fixture, temporaryFolder } from './fixture-files.js';

const scratch = await temporaryFolder();

const counts = fc.integer({ min: 0, max: 400 });
const seeds = fc.maxSafeNat();

describe('random order', () => {
  test('holds every sample once, and is the same for the same seed', () => {
    fc.assert(
      fc.property(counts, seeds, (samples, seed) => {
        const order = shuffledOrder(samples, seed);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: samples }, (_, i) => i));
        expect(shuffledOrder(samples, seed)).toEqual(order);
      }),
    );
  });

  test('leaves blocks together', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 300 })), seeds, (starts, seed) => {
        const blocks = [0, ...starts.sort((a, b) => a - b)];
        const order = shuffledOrder(301, seed, blocks);
        expect(new Set(order).size).toBe(301);
        const places = [...order].map((sample) => blocks.findLastIndex((start) => start <= sample));
        expect(places.filter((block, i) => block !== places[i - 1])).toHaveLength(blocks.length);
      }),
    );
  });

  test('is even: every sample comes to every place equally often', () => {
    const seen = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
    for (let seed = 0; seed < 5000; seed++) {
      shuffledOrder(5, seed).forEach((sample, place) => {
        seen[place]![sample]!++;
      });
    }
    // Five standard deviations of a binomial distribution of 5000 draws of 1/5.
    for (const count of seen.flat()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(800));
    expect(shuffledOrder(100, 1)).not.toEqual(shuffledOrder(100, 2));
    expect(shuffledOrder(100, 1)).not.toEqual(shuffledOrder(100, 1 + 2 ** 32));
  });
});

describe('samples in any order', () => {
  test('of an array in Fortran order, larger than what is held in memory', async () => {
    const samples = 1100;
    const inner = 8192;
    const path = join(scratch, 'fortran.npy');
    // Element (n, k) of a Fortran array stands at n + samples * k: here it is n + k.
    const items = Float64Array.from(
      { length: samples * inner },
      (_, i) => (i % samples) + Math.floor(i / samples),
    );
    const header = `${`{'descr': '<f8', 'fortran_order': True, 'shape': (${samples}, ${inner}), }`.padEnd(117)}\n`;
    await writeFile(
      path,
      Buffer.concat([
        Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
        Buffer.from(header),
        Buffer.from(items.buffer),
      ]),
    );
    const dataset = await openDataset(path);
    expect(dataset.blocks).toEqual([0, 1024]);
    const order = shuffledOrder(samples, 1, dataset.blocks).subarray(0, 200);
    const [some] = await readSamples(dataset, order);
    order.forEach((sample, i) => {
      expect(some!.data[i * inner]).toBe(sample);
      expect(some!.data[(i + 1) * inner - 1]).toBe(sample + inner - 1);
    });
    await dataset.close();
  });

  test('of an npz', async () => {
    const dataset = await openDataset(fixture('deflated.npz'));
    const all = await dataset.read(0, 7);
    const order = Uint32Array.of(6, 0, 1, 2, 6, 3);
    const some = await readSamples(dataset, order);
    some.forEach((tensor, k) => {
      const whole = all[k]!;
      const size = whole.data.length / 7;
      expect(tensor.shape).toEqual([6, ...whole.shape.slice(1)]);
      order.forEach((sample, i) => {
        expect(tensor.data.slice(i * size, (i + 1) * size)).toEqual(
          whole.data.slice(sample * size, (sample + 1) * size),
        );
      });
    });
    await dataset.close();
  });
});
