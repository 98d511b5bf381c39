import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { glob } from 'tinyglobby';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandPages, listed } from '../../scripts/command-pages.mjs';
import { STATISTICS, statisticNames } from '../../src/core/statistics.js';
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

  it('shows the table that its pca command prints', async () => {
    const { stdout } = await delve(README.find((command) => command.startsWith('pca'))!.split(' '));
    expect(await readFile('README.md', 'utf8')).toContain(stdout);
  });

  it('names every command', async () => {
    const text = await readFile('README.md', 'utf8');
    for (const [name] of await commands()) expect(text).toMatch(new RegExp(`\\[\`(delve )?${name}\`\\]`));
  });
});

describe('--help', () => {
  it('of every command has examples that name options it knows', async () => {
    const named = await commands();
    expect(named.length).toBeGreaterThan(9);
    for (const [command] of named) {
      const text = await help([command, '--help']);
      const examples = [...text.matchAll(/^ {2}\$ (?:source <\()?delve (.*)$/gm)].map(
        ([, example]) => example!,
      );
      expect(examples.length, command).toBeGreaterThan(1);
      for (const option of examples.join(' ').matchAll(/ (--[a-z-]+)/g)) {
        expect(text).toMatch(new RegExp(`^ {2}(-\\w, )?(--\\w+, )?${option[1]}[ ,]`, 'm'));
      }
    }
  });
});

const help = async (args: string[]) => (await delve(args)).stdout;
const commands = async () => listed(await help(['--help']));

describe('pages', () => {
  it('link to files that exist, and to headings of them', async () => {
    const pages = await glob(['README.md', 'docs/**/*.md', 'examples/**/*.md'], {
      ignore: ['docs/library/**'],
    });
    expect(pages.length).toBeGreaterThan(25);
    for (const page of pages) {
      const text = await readFile(page, 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [file, heading] = target!.split('#');
        const path = file === '' ? page : join(dirname(page), file!);
        expect(existsSync(path), `${page} links to ${target}`).toBe(true);
        if (heading !== undefined) expect(headings(await readFile(path, 'utf8')), page).toContain(heading);
      }
    }
  });

  it('are all in the index', async () => {
    const index = await readFile('docs/README.md', 'utf8');
    for (const page of await readdir('docs')) {
      if (page.endsWith('.md') && page !== 'README.md') expect(index).toContain(`](${page})`);
    }
  });

  it('give every statistic with its column', async () => {
    const text = await readFile('docs/measures.md', 'utf8');
    for (const name of statisticNames())
      expect(text).toContain(`| \`${name}\` | ${STATISTICS[name].longName} |`);
  });

  it('have a program of the library that prints what they show', async () => {
    const [, program, shown] = (await readFile('docs/library.md', 'utf8')).match(
      /^```ts\n([\s\S]*?)^```\n\n```\n([\s\S]*?)^```$/m,
    )!;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program!]);
    expect((await run).stdout).toBe(shown);
  });
});

/** As GitHub links to them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('docs/cli', () => {
  it('is what --help prints; npm run docs makes it anew', async () => {
    const pages = await commandPages(help);
    expect([...pages.keys()].sort()).toEqual((await readdir('docs/cli')).sort());
    for (const [file, text] of pages) expect(await readFile(join('docs/cli', file), 'utf8')).toBe(text);
  });
});
