import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundlePage, scriptModule } from '../../scripts/build-page.mjs';

it('is what scripts/build-page.mjs makes of page/ and src/', async () => {
  const committed = readFileSync('src/plots/html/page-script.ts', 'utf8');
  expect(scriptModule(await bundlePage()) === committed, 'run node scripts/build-page.mjs').toBe(true);
});

it('computes with the measures of src/core, and never builds code or markup from text', async () => {
  const script = await bundlePage();
  expect(script.includes('function intrinsicDimensionality(')).toBe(true);
  const harmful = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/g;
  expect(script.match(harmful)).toBeNull();
});
