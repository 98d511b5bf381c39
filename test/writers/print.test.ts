import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PACKAGE, packageEpoch, write } from './recordings.js';

it('print: prints the lines that Python delve prints', async () => {
  const { lines } = await write('print', 'unused', [packageEpoch(0), packageEpoch(1)]);
  const theirs = readFileSync(join(PACKAGE, 'package.txt'), 'utf8').trimEnd().split('\n');
  const split = (line: string) => line.split(' : ') as [string, string];
  expect(lines.map((line) => split(line)[0])).toEqual(theirs.map((line) => split(line)[0]));
  for (const [i, line] of theirs.entries()) {
    const [name, value] = split(line);
    const own = split(lines[i]!)[1];
    if (/saturation|dimensionality|average/.test(name)) expect(own).toBe(value);
    else expect(Math.abs(Number(own) / Number(value) - 1)).toBeLessThan(1e-10);
  }
});
