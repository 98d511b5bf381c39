import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fontMetrics } from '../../src/plots/font.js';

const WIDTHS: { weight: 'regular' | 'bold'; text: string; width: number }[] = JSON.parse(
  readFileSync('fixtures/plots/font.json', 'utf8'),
);

describe('the font', () => {
  it.each(WIDTHS)('measures $weight $text as fontTools does', ({ weight, text, width }) => {
    expect(fontMetrics(weight).width(text, 12)).toBeCloseTo(12 * width, 9);
  });

  it('tells which letters it has', () => {
    const { covers } = fontMetrics('regular');
    expect(covers('layer1/conv_2:0 δ→ÄЖ')).toBe(true);
    expect(covers('層')).toBe(false);
  });
});
