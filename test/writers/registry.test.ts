import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { createWriter, writerNames } from '../../src/writers/registry.js';
import { smallEpoch, temporaryFolder, write } from './recordings.js';

const { at, files } = temporaryFolder();
const options = { savefile: 'runs/a', initialEpoch: 0, note: () => {}, print: () => {} };

describe('createWriter', () => {
  it('knows its names', () => {
    for (const name of writerNames()) expect(() => createWriter(name, options)).not.toThrow();
  });

  it.each(['cvs', 'toString', ''])('refuses %j, naming those it knows', (name) => {
    expect(() => createWriter(name, options)).toThrow(UserError);
    expect(() => createWriter(name, options)).toThrow(/^--save-to .*csv/);
  });

  it.each(['', '.', '..', '/', 'runs/..', './'])(
    'refuses the savefile %j, which names no file',
    (savefile) => {
      expect(() => createWriter('csv', { ...options, savefile })).toThrow(/names no file/);
    },
  );

  it('takes a savefile with a slash at its end for the one without', async () => {
    for (const name of ['csv', 'json', 'npy']) await write(name, `${at('a')}/`, [smallEpoch(0)]);
    expect(files().filter((file) => !file.includes('/'))).toEqual(['a', 'a.csv', 'a.json']);
  });
});
