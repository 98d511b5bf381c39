import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { openFile } from '../data/byte-source.js';
import { readZipDirectory, type ZipEntry } from '../data/zip-directory.js';
import { openZipEntry, readZipEntryHead } from '../data/zip-entry.js';
import { UserError } from '../errors.js';
import { printable } from '../printable.js';
import type { DumpFiles } from './files.js';
import { epochOfFile } from './layout.js';

/**
 * What is taken for a bomb. Covariances do not shrink to a hundredth when they are packed, but those of dead layers do, which
 * are zero: of up to 8192 features they pass.
 */
const BOMB = { ratio: 100, entryBytes: 2 ** 29 + 2 ** 20, totalBytes: 2 ** 32 };

/**
 * The files of a dump in a zip archive, which is read in place. The dump is the archive, or a folder anywhere in it; the package's
 * archives also hold what lay beside the dump, so that of several the one of the archive's name is taken.
 * @throws UserError for a damaged or encrypted archive, one with names that lead out of it, and one that unpacks to absurd sizes.
 */
export async function openZip(path: string): Promise<DumpFiles> {
  const archive = await openFile(path);
  try {
    const entries = (await readZipDirectory(archive, path)).map(withSlashes);
    for (const entry of entries) checkEntry(entry, path);
    checkSizes(entries, archive.size, path);
    const root = rootOf(entries, path);
    const inside = new Map(
      entries
        .filter(({ name }) => name.startsWith(root) && !name.endsWith('/'))
        .map((entry) => [entry.name.slice(root.length), entry] as const),
    );
    const { mtimeNs } = await stat(path, { bigint: true });
    const real = await realpath(path);
    const where = (file: string) => printable(`${path}/${root}${file}`);
    const entryOf = (file: string) => {
      const entry = inside.get(file);
      if (!entry) throw new UserError(`${where(file)}: no such file`);
      return entry;
    };
    return {
      paths: [...inside.keys()],
      unlisted: [],
      where,
      async state(file) {
        const entry = entryOf(file);
        return { identity: `${real}/${entry.name}`, size: entry.size, modified: mtimeNs };
      },
      open: (file) => openZipEntry(archive, entryOf(file), where(file)),
      head: (file, bytes) => readZipEntryHead(archive, entryOf(file), where(file), bytes),
      close: () => archive.close(),
    };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** Windows programs have written backslashes between the parts of names; in names of a dump there are none. */
function withSlashes(entry: ZipEntry): ZipEntry {
  return { ...entry, name: entry.name.replaceAll('\\', '/') };
}

function checkEntry({ name, encrypted, method }: ZipEntry, path: string): void {
  const refuse = (found: string) => new UserError(`${path}: the entry '${printable(name)}' ${found}`);
  if (/^\/|^[a-z]:|\0/i.test(name) || name.split('/').includes('..'))
    throw refuse('would lie outside of the archive, so no dump wrote this; zip the folder of the dump again');
  if (encrypted) throw refuse('is encrypted; zip the folder of the dump without a password');
  if (method !== 0 && method !== 8)
    throw refuse(`is packed by method ${method}, which is not known (stored and deflated are); zip it again`);
}

function checkSizes(entries: readonly ZipEntry[], archiveBytes: number, path: string): void {
  const refuse = (found: string) =>
    new UserError(`${path}: ${found}, which no dump does (a zip bomb?); unpack it yourself if you trust it`);
  let unpacked = 0;
  let packed = 0;
  for (const { name, size, compressedSize } of entries) {
    unpacked += size;
    packed += compressedSize;
    if (size > BOMB.entryBytes && size > BOMB.ratio * compressedSize)
      throw refuse(`the entry '${printable(name)}' of ${compressedSize} bytes claims to unpack to ${size}`);
  }
  if (packed > archiveBytes) throw refuse('its entries overlap');
  if (unpacked > BOMB.totalBytes && unpacked > BOMB.ratio * archiveBytes)
    throw refuse(`its ${archiveBytes} bytes claim to unpack to ${unpacked}`);
}

/** Where the dump is, as a start of names: '' or `runs/mnist/`. */
function rootOf(entries: readonly ZipEntry[], path: string): string {
  const roots = new Set<string>();
  for (const { name } of entries) {
    const parts = name.split('/');
    const [quantity, file] = parts.slice(-2);
    if (quantity === undefined || file === undefined || epochOfFile(quantity, file) === undefined) continue;
    roots.add(
      parts
        .slice(0, -2)
        .map((part) => `${part}/`)
        .join(''),
    );
  }
  const [only = '', ...more] = roots;
  if (more.length === 0) return only;
  const name = `${basename(path).replace(/\.zip$/i, '')}/`;
  const named = [...roots].filter((root) => root === name || root.endsWith(`/${name}`));
  if (named.length === 1) return named[0]!;
  throw new UserError(
    `${path} holds several dumps: ${[...roots].slice(0, 8).join(', ')}; unpack it and give one of them`,
  );
}
