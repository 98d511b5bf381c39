// npm run docs: docs/cli, a page a command, from what the command that was built prints.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandPages } from './command-pages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs', 'cli');

const pages = await commandPages(async (args) =>
  execFileSync(process.execPath, ['bin/delve.js', ...args], { cwd: root, encoding: 'utf8' }),
);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [file, text] of pages) writeFileSync(join(folder, file), text);
