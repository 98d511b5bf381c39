import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli.js';
import type { Host } from '../../src/host.js';

let folder: string;
let csv: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-pipes-'));
  csv = join(folder, 'many.csv');
  // More than the 64 KB that a pipe holds, as a figure or as a table.
  const layers = Array.from({ length: 2000 }, (_, i) => `block${i}-conv`);
  await writeFile(
    csv,
    `;${layers.map((name) => `eval-saturation_${name}`).join(';')}\n0${';0.5'.repeat(2000)}\n`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('readers that stop reading', () => {
  /** A stream that takes its first piece, then is closed while it takes the second, as a pipe into `head` is. */
  function closing(): Writable {
    let pieces = 0;
    return new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        pieces += 1;
        const failure = pieces > 1 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : undefined;
        setTimeout(() => done(failure), 20);
      },
    });
  }

  async function runInto(stdout: Writable, stderr: Writable, args: readonly string[]): Promise<number> {
    const host: Host = {
      argv: ['node', 'delve', ...args],
      cwd: () => folder,
      env: {},
      stdout,
      stderr,
      on: () => {},
      off: () => {},
    };
    return await run(host);
  }

  it.each([
    ['a figure', ['plot', 'many.csv', '--layers', 'block1*', '--format', 'term']],
    ['a table', ['compare', 'many.csv', 'many.csv']],
    ['help', ['plot', '--help']],
  ])('%s: no failure', async (_, args) => {
    expect(await runInto(closing(), closing(), args)).toBe(0);
  });

  it('waits until a slow reader has all of it', async () => {
    let text = '';
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk, _encoding, done) {
        setTimeout(() => {
          text += String(chunk);
          done();
        }, 50);
      },
    });
    expect(await runInto(slow, closing(), ['compare', 'many.csv', 'many.csv', '--json'])).toBe(0);
    expect(JSON.parse(text)).toBeDefined();
  });

  it('tells of a full disk that shows only when the last piece is written', async () => {
    const full = new Writable({
      write(_chunk, _encoding, done) {
        setTimeout(
          () => done(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })),
          50,
        );
      },
    });
    let told = '';
    const stderr = new Writable({
      write(chunk, _encoding, done) {
        told += String(chunk);
        done();
      },
    });
    expect(await runInto(full, stderr, ['compare', 'many.csv', 'many.csv'])).toBe(2);
    expect(told).toBe('error: the output cannot be written (ENOSPC: no space left on device)\n');
  });
});
