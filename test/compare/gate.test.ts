import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComparedLayer, UnmatchedLayer } from '../../src/compare/compare.js';
import { checkChangeGates, parseChangeGate } from '../../src/compare/gate.js';
import type { StatisticName } from '../../src/core/statistics.js';
import { UserError } from '../../src/errors.js';
import { requireLayers } from '../../src/recompute/gate-check.js';

function layer(name: string, stats: Partial<Record<StatisticName, [number, number]>>): ComparedLayer {
  const changes = (['lsat', 'idim'] as const).flatMap((stat) => {
    const [a, b] = stats[stat] ?? [];
    return a === undefined || b === undefined
      ? []
      : [[stat, { a, b, delta: b - a, relative: (b - a) / Math.abs(a) }] as const];
  });
  return { layer: name, mode: 'eval', changes: new Map(changes) };
}

const LAYERS = [
  layer('conv1', { lsat: [0.5, 0.25], idim: [8, 4] }),
  layer('conv2', { lsat: [0.5, 0.625], idim: [8, 10] }),
  layer('head', { lsat: [0.5, 0.5], idim: [4, 4] }),
];
const UNMATCHED: UnmatchedLayer[] = [{ layer: 'conv9', mode: 'eval', only: 'A' }];

function check(text: string, layers = LAYERS) {
  const [{ failed, value, breaches }] = checkChangeGates([parseChangeGate(text)], layers, UNMATCHED) as [
    ReturnType<typeof checkChangeGates>[number],
  ];
  return { failed, value, layers: breaches.map(({ layer: { layer: name } }) => name) };
}

describe('gates on changes', () => {
  it.each([
    ['delta(saturation) < -0.1', undefined, ['conv1']],
    ['abs(delta(saturation)) > 0.1', undefined, ['conv1', 'conv2']],
    ['abs(delta(lsat(head))) > 0.1', undefined, []],
    ['any(delta(idim(conv*))) >= 2', undefined, ['conv2']],
    ['relative(idim) <= -0.5', undefined, ['conv1']],
    ['max(abs(delta(saturation))) > 0.2', 0.25, ['conv1']],
    ['max(delta(saturation)) > 0.2', 0.125, []],
    ['min(delta(idim)) < -3', -4, ['conv1']],
    ['mean(relative(lsat)) < 0', -0.25 / 3, ['conv1']],
    ['any(unmatched)', undefined, ['conv9']],
    ['unmatched(head)', undefined, []],
    ['any(nan)', undefined, []],
  ])('%s', (text, value, layers) => {
    const result = check(text);
    expect(result.layers).toEqual(layers);
    expect(result.failed).toBe(layers.length > 0);
    if (value === undefined) expect(result.value).toBeUndefined();
    else expect(result.value).toBeCloseTo(value, 12);
  });

  it('takes NaN for nothing but nan', () => {
    const layers = [layer('conv1', { lsat: [0.5, Number.NaN] })];
    expect(check('abs(delta(lsat)) >= 0', layers)).toMatchObject({ failed: false });
    expect(check('max(delta(lsat)) >= -9', layers)).toMatchObject({ failed: false, value: undefined });
    expect(check('nan', layers)).toEqual({ failed: true, value: undefined, layers: ['conv1'] });
  });

  it.each([
    ['saturation > 0.1', 0, /write delta\(saturation\), B - A, or relative\(saturation\)/],
    ['max(saturation(conv*)) > 0.1', 4, /conditions are on changes: write delta\(saturation\)/],
    ['abs(saturation) > 0.1', 4, /conditions are on changes/],
    ['delta(saturation)', 17, /a comparison must follow/],
    ['delta(abs(saturation)) > 1', 10, /conditions are on changes/],
    ['abs(max(delta(saturation))) > 1', 4, /max cannot stand here; the order is/],
    ['delta(relative(saturation)) > 1', 0, /delta cannot stand here/],
    ['max(min(delta(lsat))) > 1', 4, /min cannot stand here/],
    ['abs(unmatched)', 0, /unmatched is no number; write any\(unmatched\)/],
    ['any(nan) > 1', 4, /nan is compared with nothing/],
    ['delta(saturatoin) > 1', 6, /did you mean saturation\?/],
    ['dleta(saturation) > 1', 0, /no statistic 'dleta'; did you mean det or delta\?/],
    ['delta saturation > 1', 6, /'\(' must follow delta/],
    ['abs(delta(saturation) > 0.1', 22, /'\)' is missing, which closes abs\(/],
    ['delta(saturation) > 10%', 22, /nothing more was expected/],
  ])('%s is refused with a caret at %i', (text, place, message) => {
    const [said, shown, caret] = messageOf(text).split('\n');
    expect(said).toMatch(/^--fail-if: /);
    expect(said).toMatch(message);
    expect(shown).toBe(`  ${text}`);
    expect(caret).toBe(`${' '.repeat(2 + place)}^`);
  });

  it('is parsed, or refused with a caret within reach, whatever the text', () => {
    const pieces = fc.constantFrom(
      ...[
        'max',
        'any',
        'abs',
        'delta',
        'relative',
        'lsat',
        'unmatched',
        'nan',
        '(',
        ')',
        '<',
        '0.5',
        ' ',
        '𝛿',
        'a*',
      ],
    );
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(pieces, { maxLength: 10 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const gate = parseChangeGate(text);
          expect(gate.measure.kind === 'statistic').toBe(gate.comparison !== undefined);
          requireLayers([gate], ['conv1', 'head']);
          checkChangeGates([gate], LAYERS, UNMATCHED);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.message.split('\n').at(-1)).toMatch(/^ {2} *\^$/);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

function messageOf(text: string): string {
  try {
    parseChangeGate(text);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error(`${text} was taken`);
}
