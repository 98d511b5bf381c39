import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statisticNames } from '../../src/core/statistics.js';
import { delve } from './host.js';

const hasBash = spawnSync('bash', ['--version']).status === 0;
let folder: string;
let script: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'delve-completion-'));
  script = join(folder, 'delve.bash');
  writeFileSync(script, (await delve(['completion', 'bash'])).stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash completes the last of these words to. */
function completed(...words: string[]): string[] {
  const complete =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash that fills it in
    'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _delve; printf "%s\\n" "${COMPREPLY[@]}"';
  const output = execFileSync('bash', ['-c', complete, 'bash', script, 'delve', ...words], {
    encoding: 'utf8',
  });
  return output.split('\n').filter((line) => line !== '');
}

describe.skipIf(!hasBash)('completion in bash', () => {
  it('knows every command that the help lists', async () => {
    const { stdout } = await delve(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z-]+) .*\[options\]/gm)].map(([, name]) => name!);
    expect(commands.length).toBeGreaterThan(5);
    for (const name of commands) expect(completed(name.slice(0, -1))).toContain(name);
  });

  it.each(['record', 'recompute', 'explore'])('knows every option of %s', async (command) => {
    const { stdout } = await delve([command, '--help']);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option!);
    expect(options.length).toBeGreaterThan(10);
    expect(completed(command, 'x', '--').sort()).toEqual([...new Set(options)].sort());
  });

  it('completes values, also after = and within lists', () => {
    expect(completed('record', 'm', '--rule', '')).toEqual(['delve', 'textbook']);
    expect(completed('record', 'm', '--rule', '=', 'te')).toEqual(['textbook']);
    expect(completed('record', 'm', '--stats', '')).toEqual([...statisticNames(), 'embed']);
    expect(completed('record', 'm', '--stats', 'trc,ls')).toEqual(['trc,lsat']);
    expect(completed('recompute', 'm', '--stats', 'co')).toEqual([]);
    expect(completed('record', 'm', '--save-to', 'csv,te')).toEqual(['csv,tensorboard']);
    expect(completed('completion', 'f')).toEqual(['fish']);
  });

  it('leaves paths to the shell', () => {
    expect(completed('record', '')).toEqual([]);
    expect(completed('record', 'm', '--data', '')).toEqual([]);
  });
});

it('refuses other shells', async () => {
  const { code, stderr } = await delve(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are bash, zsh, fish');
});
