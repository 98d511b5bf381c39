import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../../src/dump/atomic.js';
import { recoverFolder, StagedFiles } from '../../src/dump/staged-files.js';
import { checkWritableFile, checkWritableFolder } from '../../src/dump/writable.js';
import { UserError } from '../../src/errors.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'delve-atomic-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const at = (...parts: string[]) => join(root, ...parts);
const everything = () => readdirSync(root, { recursive: true }).sort();

describe('replaceFile', () => {
  it('makes the folders it needs and leaves nothing else', () => {
    replaceFile(at('a', 'b', 'x.csv'), 'one');
    replaceFile(at('a', 'b', 'x.csv'), 'two');
    expect(everything()).toEqual(['a', join('a', 'b'), join('a', 'b', 'x.csv')]);
    expect(readFileSync(at('a', 'b', 'x.csv'), 'utf8')).toBe('two');
  });

  it('keeps what was there, and no trace of what failed', () => {
    mkdirSync(at('taken'));
    writeFileSync(at('taken', 'precious'), 'kept');
    expect(() => replaceFile(at('taken'), 'new')).toThrow(UserError);
    expect(() => replaceFile(at('new', 'deep', 'n'.repeat(300)), 'new')).toThrow(/too long/);
    expect(() => replaceFile(at('taken', 'precious', 'x'), 'new')).toThrow(UserError);
    expect(everything()).toEqual(['taken', join('taken', 'precious')]);
  });

  it('writes through a link, and over a temporary file that a killed process left', () => {
    writeFileSync(at('target.csv'), 'old');
    symlinkSync(at('target.csv'), at('link.csv'));
    writeFileSync(at(`.target.csv.tmp-${process.pid}`), 'half');
    replaceFile(at('link.csv'), 'new');
    expect(lstatSync(at('link.csv')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('target.csv'), 'utf8')).toBe('new');
    expect(everything()).toEqual(['link.csv', 'target.csv']);
  });
});

describe('StagedFiles', () => {
  it('shows its files only when they are committed, in place of the obsolete ones', () => {
    mkdirSync(at('dump', 'old'), { recursive: true });
    writeFileSync(at('dump', 'old', 'old_epoch0.npy'), 'old');
    writeFileSync(at('dump', 'counter'), 'old');
    const before = everything();
    const staged = new StagedFiles(at('dump'));
    staged.add(join('q', 'q_epoch0.npy'), Buffer.from('ab'));
    staged.add('counter', Buffer.from('c'));
    expect(everything().filter((name) => !String(name).includes('.delve.tmp'))).toEqual(before);
    staged.commit([join('old', 'old_epoch0.npy')]);
    staged.discard();
    expect(everything()).toEqual([
      'dump',
      join('dump', 'counter'),
      join('dump', 'q'),
      join('dump', 'q', 'q_epoch0.npy'),
    ]);
    expect(readFileSync(at('dump', 'q', 'q_epoch0.npy'), 'utf8')).toBe('ab');
    expect(readFileSync(at('dump', 'counter'), 'utf8')).toBe('c');
  });

  it('puts everything back if one of the files cannot take its place', () => {
    mkdirSync(at('dump'));
    writeFileSync(at('dump', 'counter'), 'old');
    writeFileSync(at('dump', 'q'), 'a file where a folder must be');
    const staged = new StagedFiles(at('dump'));
    staged.add(join('first', 'first_epoch0.npy'), Buffer.from('a'));
    staged.add(join('q', 'q_epoch0.npy'), Buffer.from('a'));
    expect(() => staged.commit(['counter'])).toThrow(UserError);
    staged.discard();
    expect(everything()).toEqual(['dump', join('dump', 'counter'), join('dump', 'q')]);
    expect(readFileSync(at('dump', 'counter'), 'utf8')).toBe('old');
  });

  it('takes everything back, the folders that it made too', () => {
    const staged = new StagedFiles(at('deep', 'dump'));
    staged.add('a', Buffer.from('a'));
    staged.discard();
    expect(everything()).toEqual([]);

    mkdirSync(at('dump'));
    const beside = new StagedFiles(at('dump'));
    beside.add('a', Buffer.from('a'));
    beside.discard();
    expect(everything()).toEqual(['dump']);
  });
});

describe('what a killed process leaves', () => {
  /** The number of a process that has ended. */
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const contents = () =>
    everything().flatMap((name) => {
      const path = at(String(name));
      return lstatSync(path).isFile() ? [[String(name), readFileSync(path, 'utf8')]] : [];
    });

  it('is undone wherever it was interrupted between its moves', () => {
    const stage = join('dump', `.delve.tmp-${dead}`);
    const moves = [
      { from: 'counter', to: join(`.delve.tmp-${dead}`, 'old-0') },
      { from: join('q', 'q_epoch0.npy'), to: join(`.delve.tmp-${dead}`, 'old-1') },
      { from: join(`.delve.tmp-${dead}`, '0'), to: join('q', 'q_epoch0.npy') },
      { from: join(`.delve.tmp-${dead}`, '1'), to: join('new', 'new_epoch0.npy') },
      { from: join(`.delve.tmp-${dead}`, '2'), to: 'counter' },
    ];
    mkdirSync(at('dump', 'q'), { recursive: true });
    writeFileSync(at('dump', 'counter'), 'old counter');
    writeFileSync(at('dump', 'q', 'q_epoch0.npy'), 'old');
    const before = contents();
    for (let done = 0; done <= moves.length; done++) {
      mkdirSync(at(stage));
      for (const name of ['0', '1', '2']) writeFileSync(at(stage, name), 'new');
      writeFileSync(at(stage, 'moves.json'), JSON.stringify(moves));
      for (const { from, to } of moves.slice(0, done)) {
        mkdirSync(at('dump', to, '..'), { recursive: true });
        renameSync(at('dump', from), at('dump', to));
      }
      recoverFolder(at('dump'));
      expect(contents()).toEqual(before);
      expect(existsSync(at('dump', 'new'))).toBe(false);
    }
    // A journal that is cut short tells of moves that had not begun.
    mkdirSync(at(stage));
    writeFileSync(at(stage, 'moves.json'), JSON.stringify(moves).slice(0, 50));
    recoverFolder(at('dump'));
    expect(contents()).toEqual(before);
  });

  it('is cleared away by the next one that writes there; what another process writes just now is not', () => {
    const running = process.ppid;
    mkdirSync(at('dump', `.delve.tmp-${dead}`), { recursive: true });
    mkdirSync(at('dump', `.delve.tmp-${process.pid}`));
    mkdirSync(at('dump', `.delve.tmp-${running}`));
    writeFileSync(at('dump', '.delve.tmp-notes'), 'mine');
    for (const pid of [dead, running]) writeFileSync(at(`.x.csv.tmp-${pid}`), 'half');
    writeFileSync(at(`.y.csv.tmp-${dead}`), 'of another file');
    const staged = new StagedFiles(at('dump'));
    staged.add('a', Buffer.from('a'));
    staged.commit([]);
    replaceFile(at('x.csv'), 'whole');
    expect(everything()).toEqual(
      [
        `.x.csv.tmp-${running}`,
        `.y.csv.tmp-${dead}`,
        'dump',
        join('dump', `.delve.tmp-${running}`),
        join('dump', '.delve.tmp-notes'),
        join('dump', 'a'),
        'x.csv',
      ].sort(),
    );
  });
});

describe('checkWritable', () => {
  it('passes where a file can be made, leaving no trace', () => {
    checkWritableFile(at('a', 'b', 'x.csv'));
    checkWritableFolder(at('a', 'b'));
    expect(everything()).toEqual([]);
  });

  it('names what is in the way', () => {
    writeFileSync(at('file'), '');
    mkdirSync(at('x.csv'));
    expect(() => checkWritableFile(at('x.csv'))).toThrow(/x\.csv is a folder where a file must be written/);
    for (const device of ['/dev/null', '/dev/stdout'].filter((path) => existsSync(path)))
      expect(() => checkWritableFile(device, '--csv')).toThrow(
        `${device} is a device or a pipe and no file; choose another place with --csv`,
      );
    expect(() => checkWritableFolder(at('file'))).toThrow(/file is a file where a folder must be/);
    expect(() => checkWritableFile(at('file', 'deep', 'x.csv'))).toThrow(
      /file is a file where a folder must be/,
    );
    symlinkSync(at('loop'), at('loop'));
    expect(() => checkWritableFolder(at('loop', 'x'))).toThrow(UserError);
  });

  // Root may write anywhere, access rights or not.
  it.skipIf(process.getuid?.() === 0)('refuses read-only files and folders', () => {
    writeFileSync(at('x.csv'), '');
    chmodSync(at('x.csv'), 0o444);
    expect(() => checkWritableFile(at('x.csv'))).toThrow(/permission is denied/);
    mkdirSync(at('locked'), { mode: 0o555 });
    expect(() => checkWritableFolder(at('locked', 'dump'))).toThrow(/permission is denied/);
  });

  it.runIf(existsSync('/proc/self'))('refuses a file system that takes no files', () => {
    expect(() => checkWritableFolder('/proc/self/dump')).toThrow(UserError);
  });
});
