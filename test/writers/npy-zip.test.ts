import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { openFile } from '../../src/data/byte-source.js';
import { readZipDirectory } from '../../src/data/zip-directory.js';
import { replaceFileWith } from '../../src/dump/atomic.js';
import { openDump } from '../../src/dump/read.js';
import { writeZip } from '../../src/dump/zip-writer.js';
import { UserError } from '../../src/errors.js';
import { PACKAGE, packageEpoch, smallEpoch, temporaryFolder, write } from './recordings.js';

const { at, files } = temporaryFolder();
/** Files of the folder, by their path in an archive of it. */
const folderFiles = (dump: string) =>
  Object.fromEntries(
    files(dump)
      .filter((file) => statSync(at(dump, file)).isFile())
      .map((file) => [`${dump}/${file}`, new Uint8Array(readFileSync(at(dump, file)))]),
  );
const archived = () => unzipSync(readFileSync(at('a.zip')));

describe('npy:zip', () => {
  it('archives the folder after every epoch, and when the run ends; the folder stays', async () => {
    const sizes: number[] = [];
    const { createWriter } = await import('../../src/writers/registry.js');
    const writer = await createWriter('npy:zip', {
      savefile: at('a'),
      initialEpoch: 0,
      note: () => {},
      print: () => {},
    });
    await writer.open();
    expect(files()).toEqual([]);
    for (const epoch of [0, 1]) {
      await writer.write(packageEpoch(epoch));
      expect(archived()).toEqual(folderFiles('a'));
      sizes.push(statSync(at('a.zip')).size);
    }
    await writer.close({ tool: 'delve', version: '0' });
    expect(archived()).toEqual(folderFiles('a'));
    expect(Object.keys(archived()).slice(-2)).toEqual(['a/epoch_counter.pkl', 'a/run.json']);
    expect(sizes[1]).toBeGreaterThan(sizes[0]!);
    expect(readdirSync(at()).sort()).toEqual(['a', 'a.zip']);
  });

  it('is read as a dump, and in the order of execution', async () => {
    await write('npy:zip', at('a'), [packageEpoch(0)]);
    const dump = await openDump(at('a.zip'));
    expect(dump.layers.map(({ mode, layer }) => `${mode} ${layer}`)).toEqual([
      'train features-0',
      'train fc',
      'eval features-0',
      'eval fc',
    ]);
    await dump.close();
  });

  it("holds the dump's files alone", async () => {
    await write('npy', at('a'), [smallEpoch(0)]);
    writeFileSync(at('a', 'events.out.tfevents.1.x'), '');
    writeFileSync(at('a', '_eval-saturation_fc', 'remark.txt'), 'mine');
    await write('npy:zip', at('a'), [smallEpoch(1)]);
    expect(Object.keys(archived()).filter((name) => /remark|events/.test(name))).toEqual([]);
    expect(Object.keys(archived())).toHaveLength(10);
  });

  it('continues, from a dump of Python delve too', async () => {
    cpSync(join(PACKAGE, 'package'), at('a'), { recursive: true });
    await write('npy:zip', at('a'), [{ ...packageEpoch(0), epoch: 2 }]);
    expect(archived()).toEqual(folderFiles('a'));
    expect(Object.keys(archived())).toContain('a/_eval-saturation_fc/_eval-saturation_fc_epoch0.npy');
    expect(Object.keys(archived())).toContain('a/_eval-saturation_fc/_eval-saturation_fc_epoch2.npy');
  });

  it('refuses to continue where only the archive is left, and to replace what is no archive of a dump', async () => {
    await write('npy:zip', at('a'), [smallEpoch(0)]);
    rmSync(at('a'), { recursive: true });
    const before = readFileSync(at('a.zip'));
    await expect(write('npy:zip', at('a'), [smallEpoch(1)])).rejects.toThrow(
      /a\/ holds no epoch that could be continued, but .*a\.zip is the archive of one; unpack it/,
    );
    expect(readFileSync(at('a.zip'))).toEqual(before);
    expect(existsSync(at('a'))).toBe(false);
    for (const text of ['my photographs', '']) {
      writeFileSync(at('a.zip'), text);
      await expect(write('npy:zip', at('a'), [smallEpoch(0)])).rejects.toThrow(/no archive of a dump/);
      await expect(write('npy:zip', at('a'), [smallEpoch(0)])).rejects.toBeInstanceOf(UserError);
      expect(readFileSync(at('a.zip'), 'utf8')).toBe(text);
    }
  });
});

describe('writeZip', () => {
  const zip = (members: Iterable<{ name: string; path: string }>) =>
    replaceFileWith(at('x.zip'), (file) => writeZip(file, members));

  it('keeps names of any script, sizes of any chunk, and times', async () => {
    const large = new Uint8Array((4 << 20) + 3).map((_, i) => i % 251);
    writeFileSync(at('large'), large);
    writeFileSync(at('empty'), '');
    zip([
      { name: 'größe/層_1', path: at('large') },
      { name: 'empty', path: at('empty') },
    ]);
    const found = unzipSync(readFileSync(at('x.zip')));
    expect(Object.keys(found)).toEqual(['größe/層_1', 'empty']);
    expect(Buffer.compare(found['größe/層_1']!, large)).toBe(0);
    expect(found.empty).toHaveLength(0);
  });

  it('holds more files than 16 bits count', async () => {
    writeFileSync(at('one'), '1');
    const count = 65_540;
    zip(
      (function* () {
        for (let i = 0; i < count; i++) yield { name: `q/q_epoch${i}.npy`, path: at('one') };
      })(),
    );
    const source = await openFile(at('x.zip'));
    const entries = await readZipDirectory(source, 'x.zip');
    await source.close();
    expect(entries).toHaveLength(count);
    expect(entries.at(-1)!.name).toBe(`q/q_epoch${count - 1}.npy`);
  });

  it.runIf(existsSync('/usr/bin/unzip'))('is what unzip takes for sound', async () => {
    await write('npy:zip', at('a'), [packageEpoch(0)]);
    expect(execFileSync('unzip', ['-tq', at('a.zip')], { encoding: 'utf8' })).toMatch(/No errors detected/);
  });
});
