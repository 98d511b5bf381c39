import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawPng } from '../../src/plots/png.js';
import { delve } from '../cli/host.js';
import { numbersApart } from './svg-text.js';

interface Case {
  file: string;
  args: string[];
}

const CASES: Case[] = JSON.parse(readFileSync('fixtures/plots/cases.json', 'utf8'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-plots-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('figures, as they were looked at', () => {
  it.each(CASES)('$file', async ({ file, args }) => {
    const path = join(folder, file);
    const { code, stderr } = await delve(['plot', ...args, '--no-cache', '--out', path]);
    // Nothing that Vega finds odd, either.
    expect({ code, stderr }).toEqual({ code: 0, stderr: `saved ${path}\n` });
    const found = numbersApart(readFileSync(path, 'utf8'));
    const wanted = numbersApart(readFileSync(join('fixtures/plots', file), 'utf8'));
    expect(found.skeleton).toBe(wanted.skeleton);
    // A hundredth of a pixel, or what rounding does to eigenvalues.
    const off = found.numbers.findIndex(
      (number, i) => Math.abs(number - wanted.numbers[i]!) > 0.01 + 1e-6 * Math.abs(number),
    );
    expect(off).toBe(-1);
  });

  it.each([1, 2.5])('as PNG at scale %d has its size, its colours and its letters', async (scale) => {
    const svg = readFileSync('fixtures/plots/training-saturation.svg', 'utf8');
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
    const { data, info } = await sharp(await drawPng(svg, scale))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([
      expect.closeTo(width! * scale, -0.3),
      expect.closeTo(height! * scale, -0.3),
    ]);
    const count = (x: number, y: number, w: number, h: number, [r, g, b]: readonly number[]) => {
      let found = 0;
      for (let row = Math.round(y * scale); row < Math.round((y + h) * scale); row++) {
        for (let column = Math.round(x * scale); column < Math.round((x + w) * scale); column++) {
          const at = 3 * (row * info.width + column);
          if (data[at] === r && data[at + 1] === g && data[at + 2] === b) found++;
        }
      }
      return found / scale ** 2;
    };
    const ink = [0x1f, 0x23, 0x28];
    expect(count(0, 0, width!, height!, [255, 255, 255])).toBeGreaterThan(0.8 * width! * height!);
    // Bold letters of the title cover about a fifth of their box; the lines of empty boxes that stand for missing ones, far less.
    expect(count(12, 12, 80, 16, ink)).toBeGreaterThan(100);
    // Squares of the second series: its colour, wherever it is.
    expect(count(0, 0, width!, height!, [0xd5, 0x5e, 0x00])).toBeGreaterThan(5 * 30);
  });
});
