import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultRecomputeOptions, recompute } from '../../src/recompute/recompute.js';
import { reconstructCsv } from '../../src/recompute/reconstruct.js';
import { npyBytes } from './dumps.js';

const PACKAGE = 'fixtures/dump/package';
const options = { ...defaultRecomputeOptions(), cache: undefined, threads: 1 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delve-zip-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The package's dump as entries of an archive, below a folder of it. */
function entriesOf(prefix: string): Zippable {
  const files = readdirSync(PACKAGE, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  return Object.fromEntries(
    files.map((file) => {
      const path = join(file.parentPath, file.name);
      return [prefix + path.slice(PACKAGE.length + 1), readFileSync(path)];
    }),
  );
}

function renamed(entries: Zippable, rename: (name: string) => string): Zippable {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [rename(name), entry]));
}

function archive(name: string, entries: Zippable, level: 0 | 6 = 6): string {
  const path = join(folder, name);
  writeFileSync(path, zipSync(entries, { level }));
  return path;
}

const layersOf = async (path: string, cache?: string) =>
  (await recompute({ ...options, epoch: 'all', dumps: [path], cache })).layers.map(
    ({ dump: _, ...rest }) => rest,
  );

describe('a dump in a zip archive', () => {
  it.each([
    ['at its root', '', 6],
    ['in a folder', 'runs/package/', 6],
    ['stored', 'package/', 0],
  ] as const)('%s gives what the folder does', async (_, prefix, level) => {
    const path = archive('dump.zip', entriesOf(prefix), level);
    expect(await layersOf(path)).toEqual(await layersOf(PACKAGE));
    const stored = { ...options, dump: path, threshold: undefined, pythonNames: false };
    expect(await reconstructCsv(stored)).toBe(readFileSync('fixtures/dump/package.csv', 'utf8'));
    expect(readdirSync(folder)).toEqual(['dump.zip']);
  });

  it('is found by the name of the archive among what lay beside it', async () => {
    const entries = {
      ...entriesOf('package/'),
      'other/_eval-saturation_x/_eval-saturation_x_epoch0.npy': npyBytes([1], []),
      'notes.txt': new Uint8Array(3),
    };
    expect(await layersOf(archive('package.zip', entries))).toHaveLength(8);
    await expect(layersOf(archive('all.zip', entries))).rejects.toThrow(/holds several dumps: .*other\//);
  });

  it.each<[string, (entries: Zippable) => Zippable]>([
    ['with backslashes', (entries) => renamed(entries, (name) => name.replaceAll('/', '\\'))],
    [
      'with what macOS adds',
      (entries) => ({
        ...entries,
        ...renamed(entries, (name) => `__MACOSX/${name.replace(/([^/]*)$/, '._$1')}`),
        'package/.DS_Store': new Uint8Array(9),
      }),
    ],
  ])('%s gives what the folder does', async (_, change) => {
    expect(await layersOf(archive('dump.zip', change(entriesOf('package/'))))).toEqual(
      await layersOf(PACKAGE),
    );
  });

  it('may have a comment that looks like the end of an archive, or bytes behind it', async () => {
    const path = archive('dump.zip', entriesOf(''));
    const whole = readFileSync(path);
    const comment = Buffer.from(`PK\u0005\u0006${'x'.repeat(40)}`, 'latin1');
    const commented = Buffer.concat([whole, comment]);
    commented.writeUInt16LE(comment.length, whole.length - 2);
    writeFileSync(path, commented);
    expect(await layersOf(path)).toEqual(await layersOf(PACKAGE));
    writeFileSync(path, Buffer.concat([whole, Buffer.from('something else')]));
    expect(await layersOf(path)).toEqual(await layersOf(PACKAGE));
  });

  it('may hold dead layers, which shrink to nothing', async () => {
    const name = '_eval-covariance-matrix_dead/_eval-covariance-matrix_dead_epoch0.npy';
    const d = 3000;
    const head = npyBytes([], [d, d]);
    const dead = new Uint8Array(head.length + 8 * d * d);
    dead.set(head);
    const [layer] = await layersOf(archive('dead.zip', { [name]: dead }));
    expect(layer).toMatchObject({ d, byThreshold: [{ idim: 1 }] });
  });

  it('has its spectra in the cache, too, until the archive changes', async () => {
    const path = archive('dump.zip', entriesOf(''));
    const cache = join(folder, 'cache');
    const first = await layersOf(path, cache);
    expect(
      readdirSync(cache, { recursive: true }).filter((file) => String(file).endsWith('.npz')),
    ).toHaveLength(8);
    expect(await layersOf(path, cache)).toEqual(first);
    const name = '_eval-covariance-matrix_fc/_eval-covariance-matrix_fc_epoch1.npy';
    const entries = entriesOf('');
    entries[name] = npyBytes([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], [4, 4]);
    archive('dump.zip', entries);
    const changed = (await layersOf(path, cache)).find(
      ({ layer, mode, epoch }) => layer + mode + epoch === 'fceval1',
    );
    expect(changed!.stats.get('trc')).toBe(4);
  });
});

describe('an archive', () => {
  it.each(['../_eval-saturation_a/x.npy', '/etc/passwd', 'a\\..\\b', 'C:\\x', 'a/../../b'])(
    'with an entry %s is refused',
    async (name) => {
      const path = archive('bad.zip', { ...entriesOf('package/'), [name]: new Uint8Array(1) });
      await expect(layersOf(path)).rejects.toThrow(/would lie outside of the archive/);
    },
  );

  it('that unpacks to absurd sizes is refused', async () => {
    const name = '_eval-covariance-matrix_a/_eval-covariance-matrix_a_epoch0.npy';
    const bytes = zipSync({ [name]: new Uint8Array(1 << 20) });
    const directory = Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1');
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(directory + 24, 2 ** 30, true);
    const path = join(folder, 'bomb.zip');
    writeFileSync(path, bytes);
    await expect(layersOf(path)).rejects.toThrow(/claims to unpack to 1073741824, .*zip bomb/);
  });

  it('that claims more files than there are is refused', async () => {
    const end = Buffer.alloc(56 + 20 + 22);
    end.writeUInt32LE(0x06064b50, 0);
    end.writeBigUInt64LE(2n ** 40n, 32);
    end.writeUInt32LE(0x07064b50, 56);
    end.writeBigUInt64LE(4n, 64);
    end.writeUInt32LE(0x06054b50, 76);
    const path = join(folder, 'many.zip');
    writeFileSync(path, Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), end]));
    await expect(layersOf(path)).rejects.toThrow(/claims 1099511627776 files/);
  });

  it('whose entry is larger than its directory says is damaged', async () => {
    const name = '_eval-covariance-matrix_a/_eval-covariance-matrix_a_epoch0.npy';
    const bytes = zipSync({ [name]: new Uint8Array(1 << 20) });
    // The size in the central directory, which is what readers go by.
    const directory = Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1');
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(directory + 24, 200, true);
    const path = join(folder, 'lying.zip');
    writeFileSync(path, bytes);
    const strict = recompute({ ...options, dumps: [path], strict: true });
    await expect(strict).rejects.toThrow(/is damaged \(its size or checksum/);
  });

  it('that is cut short, encrypted, empty or none is refused', async () => {
    const path = archive('dump.zip', entriesOf(''));
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    await expect(layersOf(path)).rejects.toThrow(/the zip archive is truncated/);
    const encrypted = Buffer.from(whole);
    encrypted[encrypted.indexOf('PK\x01\x02', 0, 'latin1') + 8]! |= 1;
    writeFileSync(path, encrypted);
    await expect(layersOf(path)).rejects.toThrow(/is encrypted/);
    await expect(layersOf(archive('empty.zip', {}))).rejects.toThrow(/holds no dump/);
    writeFileSync(path, 'text');
    await expect(layersOf(path)).rejects.toThrow(/this is no zip archive/);
  });
});
