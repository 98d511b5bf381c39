import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEpochCounter, encodeEpochCounter } from '../../src/dump/epoch-counter.js';
import { UserError } from '../../src/errors.js';

const FOLDER = new URL('../../fixtures/dump/', import.meta.url);
const pickled = (name: string) => readFileSync(new URL(`${name}.pkl`, FOLDER));
const named = (start: string) =>
  readdirSync(FOLDER)
    .filter((file) => file.startsWith(start))
    .map((file) => file.slice(0, -'.pkl'.length));

describe('decodeEpochCounter', () => {
  it.each(['0', '1', '2', '3', '4', '5', 'optimized'])(
    'reads what Python pickled, protocol %s',
    (protocol) => {
      expect(Array.from(decodeEpochCounter(pickled(`counter-${protocol}`), 'x.pkl'))).toEqual([
        ['_eval-saturation_conv1', 3],
        ['_train-saturation_größe\n\\u', 300],
        ['average-eval-sat', 70000],
      ]);
    },
  );

  it('reads dicts of no and of one entry', () => {
    expect(decodeEpochCounter(pickled('counter-empty'), 'x.pkl').size).toBe(0);
    expect(Array.from(decodeEpochCounter(pickled('counter-one'), 'x.pkl'))).toEqual([
      ['_eval-saturation_conv1', 0],
    ]);
  });

  it.each(named('refused-'))('%s: refuses what a counter does not hold, naming the file', (name) => {
    expect(() => decodeEpochCounter(pickled(name), 'runs/a/epoch_counter.pkl')).toThrow(UserError);
    expect(() => decodeEpochCounter(pickled(name), 'runs/a/epoch_counter.pkl')).toThrow(
      /^runs\/a\/epoch_counter\.pkl: it .*--initial-epoch/,
    );
  });

  it('refuses every truncation, and never fails otherwise on garbled bytes', () => {
    for (const protocol of ['0', '2', '4']) {
      const whole = pickled(`counter-${protocol}`);
      for (let end = 0; end < whole.length; end++) {
        expect(() => decodeEpochCounter(whole.subarray(0, end), 'x.pkl')).toThrow(UserError);
      }
      fc.assert(
        fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
          const garbled = Uint8Array.from(whole);
          garbled[at] = byte;
          try {
            for (const [name, epoch] of decodeEpochCounter(garbled, 'x.pkl')) {
              expect([typeof name, Number.isSafeInteger(epoch)]).toEqual(['string', true]);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        }),
        { numRuns: 2000 },
      );
    }
  });

  it('reads back what it wrote', () => {
    const counter = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.nat(2 ** 31 - 1)));
    fc.assert(
      fc.property(counter, (entries) => {
        const map = new Map(entries);
        expect(decodeEpochCounter(encodeEpochCounter(map), 'x.pkl')).toEqual(map);
      }),
    );
  });
});
