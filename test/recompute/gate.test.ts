import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { parseGate } from '../../src/recompute/gate.js';
import { requireLayers } from '../../src/recompute/gate-check.js';

const pieces = fc.constantFrom(
  ...[
    'max',
    'any',
    'saturation',
    'lsat',
    'nan',
    '(',
    ')',
    '<',
    '>=',
    '0.5',
    '-1e3',
    ' ',
    'conv*',
    '{a',
    '[',
    '!',
    '𝛿',
  ],
);

describe('parseGate', () => {
  it('takes conditions, or says with a caret within reach what is wrong, whatever the text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(pieces, { maxLength: 9 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const gate = parseGate(text);
          expect(gate.measure === 'nan').toBe(gate.comparison === undefined);
          requireLayers([gate], ['conv1', 'head']);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.message).toMatch(/^--fail-if: /);
          expect(error.message.split('\n').at(-1)).toMatch(/^ {2} *\^$/);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it('reads what it consists of', () => {
    expect(parseGate(' max( Saturation( block(1)/conv* ) )>= 9.5e-1 ')).toMatchObject({
      functions: [{ name: 'max' }],
      measure: 'lsat',
      layers: { glob: 'block(1)/conv*', at: 18 },
      comparison: { operator: '>=', bound: 0.95 },
    });
  });
});
