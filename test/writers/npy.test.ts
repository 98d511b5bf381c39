import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { parse } from 'npyjs';
import { describe, expect, it } from 'vitest';
import { decodeEpochCounter } from '../../src/dump/epoch-counter.js';
import { UserError } from '../../src/errors.js';
import { createWriter } from '../../src/writers/registry.js';
import { npyItems, PACKAGE, packageEpoch, RUN, smallEpoch, temporaryFolder, write } from './recordings.js';

const { at, files } = temporaryFolder();
const counterOf = (dump: string) =>
  Object.fromEntries(decodeEpochCounter(readFileSync(at(dump, 'epoch_counter.pkl')), dump));
const npyFiles = (dump: string) => files(dump).filter((file) => file.endsWith('.npy'));
const runOf = (dump: string) => JSON.parse(readFileSync(at(dump, 'run.json'), 'utf8'));
/** Everything below a folder, by path. */
const contents = (dump: string) =>
  files(dump)
    .filter((file) => /\.\w+$/.test(file))
    .map((file) => [file, readFileSync(at(dump, file), 'latin1')]);

describe('npy', () => {
  it('is the dump of Python delve: the same files, types, shapes and values', async () => {
    await write('npy', at('a'), [packageEpoch(0), packageEpoch(1)]);
    cpSync(join(PACKAGE, 'package'), at('package'), { recursive: true });
    expect(npyFiles('a')).toEqual(npyFiles('package'));
    for (const file of npyFiles('package')) {
      const [own, theirs] = [npyItems(at('a', file)), npyItems(at('package', file))];
      expect({ ...own, items: [] }).toEqual({ ...theirs, items: [] });
      if (file.includes('covariance-matrix')) expect(own.items).toEqual(theirs.items);
      for (const [i, value] of theirs.items.entries()) {
        if (Number.isNaN(value)) expect(own.items[i]).toBe(Number.NaN);
        else expect(Math.abs(own.items[i]! - value)).toBeLessThanOrEqual(1e-10 * Math.abs(value));
      }
    }
    expect(counterOf('a')).toEqual(counterOf('package'));
    expect(Object.keys(counterOf('a'))).toEqual(Object.keys(counterOf('package')));
  });

  it('keeps eigenvalues, mean and n where Python delve does not look, and what made the dump', async () => {
    await write('npy', at('a'), [smallEpoch(0, 'a/b')]);
    const npz = unzipSync(readFileSync(at('a', '_eval-spectrum_a%2Fb', '_eval-spectrum_a%2Fb_epoch0.npz')));
    const items = (name: string) => parse(Uint8Array.from(npz[`${name}.npy`]!).buffer).data;
    const rounded = Array.from(items('eigenvalues') as Float64Array, (x) => Math.round(x * 1e12) / 1e12);
    expect(rounded).toEqual([3, 1]);
    expect(items('mean')).toEqual(Float64Array.of(0, 1 / 3));
    expect(items('n')).toEqual(BigInt64Array.of(40n));
    expect(new TextDecoder().decode(items('layer') as Uint8Array)).toBe('a/b');
    expect(runOf('a')).toEqual(RUN);
    expect(files('a').filter((file) => file.endsWith('.npy') && file.includes('spectrum'))).toEqual([]);
  });

  it('continues a dump of Python delve', async () => {
    cpSync(join(PACKAGE, 'package'), at('a'), { recursive: true });
    const before = npyFiles('a');
    const { notes } = await write('npy', at('a'), [{ ...packageEpoch(1), epoch: 2 }]);
    expect(notes).toEqual([]);
    expect(npyFiles('a')).toEqual(
      [
        ...before,
        ...before.filter((f) => f.includes('epoch0')).map((f) => f.replace('epoch0', 'epoch2')),
      ].sort(),
    );
    expect(new Set(Object.values(counterOf('a')))).toEqual(new Set([2]));
  });

  it('goes back to an earlier epoch: what came later is replaced, what is not recorded again stays', async () => {
    await write('npy', at('a'), [smallEpoch(0), smallEpoch(1), smallEpoch(2, 'late')]);
    const { notes } = await write('npy', at('a'), [smallEpoch(1, 'other')]);
    expect(notes).toEqual([`${at('a')}/: what it held of epoch 1 and later is replaced`]);
    expect(npyFiles('a').filter((file) => file.includes('saturation'))).toEqual([
      '_eval-saturation_fc/_eval-saturation_fc_epoch0.npy',
      '_eval-saturation_other/_eval-saturation_other_epoch1.npy',
    ]);
    expect(files('a').filter((file) => file.includes('late'))).toEqual([]);
    expect(counterOf('a')['_eval-saturation_fc']).toBe(0);
    expect(counterOf('a')['_eval-saturation_other']).toBe(1);
    expect(counterOf('a')['_eval-saturation_late']).toBeUndefined();
    expect(runOf('a')).toEqual({ ...RUN, earlier: RUN });
  });

  it("replaces a dump at epoch 0, and nothing that is the user's", async () => {
    cpSync(join(PACKAGE, 'package'), at('a'), { recursive: true });
    writeFileSync(at('a', 'run.json'), '{}');
    mkdirSync(at('a', 'notes'));
    writeFileSync(at('a', 'notes', 'notes_epoch0.npy'), 'mine');
    writeFileSync(at('a', '_eval-saturation_fc', 'remark.txt'), 'mine');
    writeFileSync(at('a', 'model.npy'), 'mine');
    await write('npy', at('a'), [smallEpoch(0)]);
    expect(files('a')).toEqual([
      '_eval-covariance-matrix_fc',
      '_eval-covariance-matrix_fc/_eval-covariance-matrix_fc_epoch0.npy',
      '_eval-intrinsic-dimensionality_fc',
      '_eval-intrinsic-dimensionality_fc/_eval-intrinsic-dimensionality_fc_epoch0.npy',
      '_eval-saturation_fc',
      '_eval-saturation_fc/_eval-saturation_fc_epoch0.npy',
      '_eval-saturation_fc/remark.txt',
      '_eval-spectrum_fc',
      '_eval-spectrum_fc/_eval-spectrum_fc_epoch0.npz',
      'epoch_counter.pkl',
      'model.npy',
      'notes',
      'notes/notes_epoch0.npy',
      'run.json',
    ]);
    expect(readFileSync(at('a', 'run.json'), 'utf8')).not.toBe('{}');
  });

  it('leaves a dump as it was if the new epoch cannot be written', async () => {
    await write('npy', at('a'), [smallEpoch(0)]);
    // A file stands where the second layer's folder must be: found out after others were written.
    writeFileSync(at('a', '_eval-saturation_zz'), 'mine');
    const before = contents('a');
    const two = smallEpoch(0);
    two.layers.push(...smallEpoch(0, 'zz').layers);
    await expect(write('npy', at('a'), [two])).rejects.toBeInstanceOf(UserError);
    expect(contents('a')).toEqual(before);
    await expect(write('npy', at('a'), [{ ...two, epoch: 1 }])).rejects.toThrow(
      /a part of the path is a file|in the way/,
    );
    expect(contents('a')).toEqual(before);
  });

  it('leaves no trace of a run that failed before its first epoch, or in it', async () => {
    const options = { initialEpoch: 0, note: () => {}, print: () => {} };
    const writer = await createWriter('npy', { savefile: at('new', 'a'), ...options });
    await writer.open();
    await writer.close(RUN);
    expect(files()).toEqual([]);
    const broken = smallEpoch(0);
    broken.layers.push({ ...broken.layers[0]!, layer: 'x', stats: new Map([['nonsense', 1]]) });
    await expect(writer.write(broken)).rejects.toThrow('nonsense is no statistic');
    expect(files()).toEqual([]);
  });

  it('says when there is nothing to continue', async () => {
    const { notes } = await write('npy', at('a'), [smallEpoch(4)]);
    expect(notes).toEqual([`${at('a')}/: there is no epoch before 4 to continue, so it begins with epoch 4`]);
    expect(npyFiles('a').every((file) => file.endsWith('_epoch4.npy'))).toBe(true);
  });

  it('refuses to continue where files and counter contradict each other, before anything is touched', async () => {
    await write('npy', at('a'), [smallEpoch(0), smallEpoch(1), smallEpoch(2)]);
    const file = at('a', '_eval-saturation_fc', '_eval-saturation_fc_epoch2.npy');
    const bytes = readFileSync(file);
    rmSync(file);
    const before = contents('a');
    for (const k of [2, 3]) {
      await expect(write('npy', at('a'), [], k)).rejects.toThrow(
        /epoch_counter\.pkl says that _eval-saturation_fc ends with epoch 2, but its last file is of epoch 1: bring/,
      );
    }
    await expect(write('npy', at('a'), [], 3)).rejects.toBeInstanceOf(UserError);
    expect(contents('a')).toEqual(before);
    writeFileSync(file, bytes);
    // As the package leaves it when it is killed within an epoch.
    writeFileSync(at('a', '_eval-saturation_fc', '_eval-saturation_fc_epoch3.npy'), bytes);
    await expect(write('npy', at('a'), [], 4)).rejects.toThrow(
      /ends with epoch 2, but its last file is of epoch 3: that epoch was not finished; continue with --initial-epoch 3/,
    );
    await write('npy', at('a'), [smallEpoch(3)]);
    expect(new Set(Object.values(counterOf('a')))).toEqual(new Set([3]));
    rmSync(at('a', '_eval-covariance-matrix_fc'), { recursive: true });
    await expect(write('npy', at('a'), [], 4)).rejects.toThrow(
      /but it has no file: bring the missing files back/,
    );
  });

  it('continues from the files alone where there is no counter', async () => {
    await write('npy', at('a'), [smallEpoch(0), smallEpoch(1, 'late')]);
    rmSync(at('a', 'epoch_counter.pkl'));
    const { notes } = await write('npy', at('a'), [smallEpoch(2)]);
    expect(notes).toEqual([]);
    expect(counterOf('a')['_eval-saturation_late']).toBe(1);
    expect(counterOf('a')['_eval-saturation_fc']).toBe(2);
  });

  it('takes names of scalars that no path can hold', async () => {
    const epoch = smallEpoch(0);
    epoch.scalars.set('val/accuracy', 0.9);
    await write('npy', at('a'), [epoch]);
    expect(npyItems(at('a', 'val%2Faccuracy', 'val%2Faccuracy_epoch0.npy')).items).toEqual([0.9]);
  });

  it('refuses, before the run starts, a counter that is none and a place that cannot be', async () => {
    mkdirSync(at('a'));
    cpSync(join(PACKAGE, 'refused-harm.pkl'), at('a', 'epoch_counter.pkl'));
    await expect(write('npy', at('a'), [], 1)).rejects.toThrow(
      /epoch_counter\.pkl: it holds the pickle operation 0x93/,
    );
    // Replacing it is fine.
    await write('npy', at('a'), [smallEpoch(0)]);
    expect(Object.values(counterOf('a'))).toEqual([0, 0, 0]);
    writeFileSync(at('file'), '');
    await expect(write('npy', at('file'), [])).rejects.toThrow(/file is a file where a folder must be/);
    rmSync(at('file'));
  });
});
