import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { COLOUR_NAMES, colourMistake } from '../../src/plots/colours.js';

/** The pixel that a square of a colour becomes: red, green, blue and opacity. */
function pixelOf(colour: string): number[] {
  const square = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><path d="M0 0h1v1h-1z" fill="${colour}"/></svg>`;
  return [...new Resvg(square).render().pixels];
}

describe('colours', () => {
  it.each(['Orange', '#123', '#1234', '#0072b2', '#0072B2ff', 'ReD'])('%s is one', (colour) => {
    expect(colourMistake(colour)).toBeUndefined();
  });

  it.each(['', '#', '#12', '#12345', 'C0', 'tab:blue', 'notacolour', 'red;', 'url(#a)', '0.5'])(
    '%j is none',
    (text) => {
      expect(colourMistake(text)).toContain('is no colour as CSS writes it');
    },
  );

  it('has the names that the rasteriser draws', () => {
    expect(new Set(COLOUR_NAMES).size).toBe(147);
    const black = COLOUR_NAMES.filter((name) => pixelOf(name).join() === '0,0,0,255');
    // What the rasteriser does not know, it draws black.
    expect(pixelOf('notacolour').join()).toBe('0,0,0,255');
    expect(black).toEqual(['black']);
  });
});
