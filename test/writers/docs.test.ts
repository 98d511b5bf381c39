import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { writerLines } from '../../src/writers/list.js';
import { delve } from '../cli/host.js';
import { temporaryFolder } from './recordings.js';

const { at, files } = temporaryFolder();
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}/docs/writers.md`, 'utf8');
const blocks = (kind: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block]) => block!);

it('the page names every writer and setting, and its examples do what it says', async () => {
  // The settings of figures have a page of their own.
  const names = writerLines().map(([name]) => name);
  for (const name of names.filter((name) => !name.startsWith('plot:'))) expect(page).toContain(`\`${name}\``);
  symlinkSync(`${root}/fixtures`, at('fixtures'));
  writeFileSync(at('package.json'), '{ "type": "module" }');
  writeFileSync(at('my-writer.js'), blocks('js')[0]!);
  const commands = blocks('sh').map((block) => block.replace('npx delve ', '').trim().split(' '));
  for (const command of commands) {
    const { code, stderr } = await delve([...command, '--limit', '20'], { cwd: at() });
    expect(stderr).toMatch(/saved .*mnist\.csv/);
    expect(code).toBe(0);
  }
  expect(commands).toHaveLength(2);
  expect(readFileSync(at('runs', 'mnist.low.txt'), 'utf8')).toMatch(/^0: .*hidden/);
  expect(files('runs').filter((file) => !file.startsWith('mnist/'))).toEqual([
    'mnist',
    'mnist.csv',
    'mnist.low.txt',
    'mnist.zip',
  ]);
  expect(files('runs', 'mnist').some((file) => /^events\..*\.delve$/.test(file))).toBe(true);
});
