import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { UserError } from '../errors.js';
import { naturalOrder } from '../natural-order.js';
import { fileError } from './byte-source.js';

/** Endings of image files, as they are found in data sets. */
export const IMAGE_ENDINGS: readonly string[] = ['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif'];

/** Image files by name, folders separated by `/`; and how many files of other endings there are. */
export interface ImageNames {
  names: string[];
  others: Map<string, number>;
}

/**
 * The images in a folder and the folders below it, links followed, in natural order (`2.png` before `10.png`), folder by folder. Hidden
 * files are left out. Throws UserError for a folder that cannot be read.
 */
export async function findImages(folder: string): Promise<ImageNames> {
  const found: string[] = [];
  await walk(folder, '', found, new Set());
  return sortImages(found);
}

async function walk(root: string, below: string, found: string[], seen: Set<string>): Promise<void> {
  const folder = join(root, below);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  const real = await realpath(folder);
  // A link to a folder above would lead round and round.
  if (seen.has(real)) return;
  seen.add(real);
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const kind = entry.isSymbolicLink() ? await stat(join(root, name)).catch(() => entry) : entry;
    if (kind.isDirectory()) await walk(root, name, found, seen);
    else if (kind.isFile()) found.push(name);
  }
}

/** Images among the names of files, in natural order. */
export function sortImages(files: readonly string[]): ImageNames {
  const others = new Map<string, number>();
  const images: { name: string; parts: string[] }[] = [];
  for (const name of files) {
    const ending = extname(name).toLowerCase();
    if (IMAGE_ENDINGS.includes(ending)) images.push({ name, parts: name.split('/') });
    else others.set(ending, (others.get(ending) ?? 0) + 1);
  }
  images.sort((a, b) => comparePaths(a.parts, b.parts));
  return { names: images.map(({ name }) => name), others };
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === y) continue;
    // 01 and 1 are equal to the natural order, but not one file.
    return naturalOrder(x, y) || (x < y ? -1 : 1);
  }
  return a.length - b.length;
}

/** Says which files are no images. Throws UserError if none is one. */
export function noteOthers(path: string, what: 'folder' | 'zip', { names, others }: ImageNames): string[] {
  const list = [...others]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([ending, count]) => `${count} ${ending === '' ? 'without an ending' : ending}`);
  if (names.length === 0) {
    const found =
      list.length === 0 ? 'is empty' : `holds no images, but files of other kinds (${list.join(', ')})`;
    throw new UserError(`${path} ${found}; a ${what} is read as images (${IMAGE_ENDINGS.join(', ')})`);
  }
  return list.length === 0 ? [] : [`${path}: files that are no images are left out (${list.join(', ')})`];
}
