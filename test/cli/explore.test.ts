import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { delve } from './host.js';

describe('delve explore', () => {
  it('says what to do where there is no terminal', async () => {
    const { code, stdout, stderr } = await delve(['explore', 'fixtures/dump/package']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: explore needs a terminal, and the input is none; .*\n$/);
    expect(stderr).toContain('delve plot fixtures/dump/package --format term');
    expect(stderr).toContain('delve recompute fixtures/dump/package');
  });

  it.each([
    [['--threshold', '1.5'], '1.5 is no share'],
    [['--threshold', '0.9,0.99'], 'begins at one'],
    [['--epoch', 'all'], 'not a number'],
    [['--mode', 'test'], 'Allowed choices'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await delve(['explore', 'fixtures/dump/package', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('has help that tells the keys', async () => {
    const { code, stdout } = await delve(['explore', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('q quits');
  });
});

describe('the command line', () => {
  it('loads no screen before one is shown', () => {
    const loaded = importedFrom('src/cli.ts');
    expect(loaded).toContain('src/commands/explore.ts');
    expect(loaded).toContain('commander');
    for (const heavy of ['ink', 'react', 'src/commands/run-explore.ts']) expect(loaded).not.toContain(heavy);
    expect(importedFrom('src/ui/screen/screen.ts')).toContain('ink');
  });
});

/** The modules that are loaded with a file, its own ones by path: types and imports on demand do not count. */
function importedFrom(file: string, seen = new Set<string>()): Set<string> {
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  const statements = source.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;'"]*?from\s+)?'([^']+)';/gm);
  for (const [, name] of statements) {
    const path = name!.startsWith('.') ? join(dirname(file), name!).replace(/\.js$/, '.ts') : name!;
    if (seen.has(path)) continue;
    if (name!.startsWith('.')) importedFrom(path, seen);
    else seen.add(path);
  }
  return seen;
}
