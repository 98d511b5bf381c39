import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { writerNames } from '../../src/writers/list.js';
import { createWriter } from '../../src/writers/registry.js';
import { parseWriterSpecs, writtenEndings } from '../../src/writers/spec.js';
import type { Writer } from '../../src/writers/writer.js';
import { smallEpoch, temporaryFolder, write } from './recordings.js';

const { at, files } = temporaryFolder();
const options = { savefile: 'runs/a', initialEpoch: 0, note: () => {}, print: () => {} };

describe('createWriter', () => {
  it('knows its names', async () => {
    for (const name of writerNames()) await expect(createWriter(name, options)).resolves.toBeDefined();
  });

  it.each(['cvs', 'toString', ''])('refuses %j, naming those it knows', async (name) => {
    await expect(createWriter(name, options)).rejects.toThrow(UserError);
    await expect(createWriter(name, options)).rejects.toThrow(/^--save-to .*csv/);
  });

  it.each(['', '.', '..', '/', 'runs/..', './'])(
    'refuses the savefile %j, which names no file',
    async (savefile) => {
      await expect(createWriter('csv', { ...options, savefile })).rejects.toThrow(/names no file/);
    },
  );

  it('takes a savefile with a slash at its end for the one without', async () => {
    for (const name of ['csv', 'json', 'npy']) await write(name, `${at('a')}/`, [smallEpoch(0)]);
    expect(files().filter((file) => !file.includes('/'))).toEqual(['a', 'a.csv', 'a.json']);
  });

  it('makes one of several: the dump first, then as they are named, and writers that are there already', async () => {
    const calls: string[] = [];
    const own: Writer = {
      open: async () => void calls.push(`open ${files().length}`),
      write: async ({ epoch }) => void calls.push(`write ${epoch} ${files().includes('a.csv')}`),
      close: async ({ tool }) => void calls.push(`close ${tool}`),
    };
    const writer = await createWriter([own, 'csv', 'npy'], { ...options, savefile: at('a') });
    await writer.open();
    await writer.write(smallEpoch(0));
    await writer.close({ tool: 'delve', version: '0' });
    expect(calls).toEqual(['open 0', 'write 0 true', 'close delve']);
    expect(files()).toContain('a/epoch_counter.pkl');
  });
});

describe('parseWriterSpecs', () => {
  it('reads settings, of modules too, and leaves out what is named twice', () => {
    const specs = parseWriterSpecs(['csv', 'npy:zip', 'csv', './w.js:level=3:dry', '../a:b/w.mjs']);
    expect(specs.map(({ name, settings }) => [name, settings])).toEqual([
      ['csv', {}],
      ['npy', { zip: true }],
      ['./w.js', { level: '3', dry: true }],
      ['../a:b/w.mjs', {}],
    ]);
    expect(specs.map(({ entry }) => entry !== undefined)).toEqual([true, true, false, false]);
  });

  it.each([
    ['npy:zap', /^--save-to npy:zap: there is no setting 'zap'; did you mean zip\?/],
    ['npy:zip=9', /zip takes no value; write npy:zip/],
    ['npy:', /a setting without a name/],
    ['npy:zip:zip', /zip is set twice/],
    ['print:zip', /print has no settings/],
    ['./writer.ts', /a writer of your own is a \.js or \.mjs file/],
    ['folder/writer', /a writer of your own is a \.js or \.mjs file/],
  ])('refuses %s', (text, message) => {
    expect(() => parseWriterSpecs([text])).toThrow(message);
    expect(() => parseWriterSpecs([text])).toThrow(UserError);
  });

  it('takes aliases for what they stand for, settings for those that know them', () => {
    const names = (...texts: string[]) =>
      parseWriterSpecs(texts).map(({ name, settings }) => [name, settings]);
    expect(names('tb:flat', 'csv')).toEqual([
      ['tensorboard', { flat: true }],
      ['csv', {}],
    ]);
    expect(names('csv', 'csvplot:theme=dark')).toEqual([
      ['csv', {}],
      ['plot', { theme: 'dark' }],
    ]);
    expect(() => names('csvplot:teme=dark')).toThrow(/csv has no settings|no setting 'teme'/);
  });

  it('refuses a writer that is named with different settings', () => {
    expect(() => parseWriterSpecs(['npy', 'csv', 'npy:zip'])).toThrow(
      /--save-to npy,npy:zip: both write to the same place/,
    );
  });

  it('tells what is written', () => {
    expect(writtenEndings(['print', 'npy:zip', 'csv', './w.js'])).toEqual(['/', '.zip', '.csv']);
  });
});
