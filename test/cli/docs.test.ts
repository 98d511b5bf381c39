import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { delve } from './host.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-docs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The delve commands of a page's shell examples. */
async function commandsOf(page: string): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
  return blocks.flatMap((block) => [...block.matchAll(/npx delve (.*)/g)].map(([, command]) => command!));
}

const README = await commandsOf('README.md');
const PCA = await commandsOf('docs/pca.md');

describe('the README', () => {
  it('has commands', () => expect(README.length).toBeGreaterThanOrEqual(3));

  it.each(README)('delve %s', async (command) => {
    const args = command.split(' ').map((arg) => (arg.startsWith('runs/') ? join(folder, arg) : arg));
    const { code, stdout, stderr } = await delve(args);
    expect(code).toBe(0);
    // Figures are files.
    if (args[0] === 'plot') expect(stderr).toMatch(/^saved .*\.(png|svg|html)\n$/);
    else expect(stdout.split('\n').length).toBeGreaterThan(5);
  });

  it('shows the table that its first command prints', async () => {
    const { stdout } = await delve([...README[0]!.split(' ').slice(0, -2), '--out', join(folder, 'again')]);
    expect(await readFile('README.md', 'utf8')).toContain(stdout);
  });

  it('and docs/pca.md show the table of what layers do when they are projected', async () => {
    const command = README.find((each) => each.startsWith('pca '))!;
    const { stdout } = await delve([...command.split(' ').slice(0, -2), '--engine', 'onnx']);
    for (const page of ['README.md', 'docs/pca.md']) expect(await readFile(page, 'utf8')).toContain(stdout);
  });

  it('links to pages that exist', async () => {
    const pages = await readdir('docs');
    const links = [...(await readFile('README.md', 'utf8')).matchAll(/\]\(docs\/([\w.]+)/g)].map(
      ([, page]) => page,
    );
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(pages).toContain(link);
  });
});

it.each(PCA)('docs/pca.md: delve %s', async (command) => {
  const args = command.split(' ').map((arg) => (arg.startsWith('runs/') ? join(folder, arg) : arg));
  const { code, stderr } = await delve(args);
  expect(code).toBe(0);
  expect(stderr).toContain(`saved ${args.at(-1)}`);
});

describe('--help', () => {
  it.each([
    'record',
    'layers',
    'recompute',
    'reconstruct-csv',
    'plot',
    'compare',
    'explore',
    'pca',
    'doctor',
    'setup',
  ])('of %s has examples that name options it knows', async (command) => {
    const { stdout } = await delve([command, '--help']);
    const examples = [...stdout.matchAll(/^ {2}\$ delve (.*)$/gm)].map(([, example]) => example!);
    expect(examples.length).toBeGreaterThan(1);
    for (const option of examples.join(' ').matchAll(/ (--[a-z-]+)/g)) {
      expect(stdout).toMatch(new RegExp(`^ {2}(-\\w, )?(--\\w+, )?${option[1]}[ ,]`, 'm'));
    }
  });
});
