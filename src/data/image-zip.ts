import { UserError } from '../errors.js';
import { openFile, readUpTo } from './byte-source.js';
import type { DatasetReader } from './dataset.js';
import { classesOf, imageDataset, labelsOf } from './image-dataset.js';
import { noteOthers, sortImages } from './image-files.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';

/** No encoded image is larger: what claims to be is a bomb. */
const LARGEST_IMAGE = 1 << 27;

/** A zip of images, read in place. */
export const imageZipReader: DatasetReader = {
  name: 'images',
  extensions: ['.zip'],
  options: ['imageResize', 'imageAntialias', 'imageSize'],
  async open(path, options) {
    const entries = await readEntries(path);
    const images = sortImages([...entries.keys()]);
    if (images.names.length === 0 && images.others.has('.npy')) {
      throw new UserError(`${path} holds npy arrays, not images; name it .npz to have it read as such`);
    }
    const notes = noteOthers(path, 'zip', images);
    const names = images.names;
    for (const name of names) checkEntry(path, name, entries.get(name)!);
    const labels = labelsOf(withoutCommonFolder(names));
    return imageDataset(
      {
        path,
        samples: names.length,
        locate: async (sample) => {
          const name = names[sample]!;
          return { source: { archive: path, entry: entries.get(name)! }, name: `${path}: ${name}` };
        },
        notes,
        details: { ...(labels && { classes: classesOf(labels) }) },
        labels,
        close: async () => {},
      },
      options,
    );
  },
};

/** The files of the archive by name, `/` between folders, without those that systems hide in archives. */
async function readEntries(path: string): Promise<Map<string, ZipEntry>> {
  const archive = await openFile(path);
  try {
    const start = await readUpTo(archive, 0, 2);
    if (start[0] !== 0x50 || start[1] !== 0x4b)
      throw new UserError(`${path}: this is not a zip archive, or a damaged one`);
    const entries = new Map<string, ZipEntry>();
    for (const entry of await readZipDirectory(archive, path)) {
      const name = entry.name.replaceAll('\\', '/');
      const parts = name.split('/');
      if (parts.includes('..') || name.startsWith('/') || /^[a-z]:/i.test(name)) {
        throw new UserError(
          `${path}: the name '${entry.name}' leads out of the archive; do not trust it, or pack the images again`,
        );
      }
      if (name.endsWith('/') || parts[0] === '__MACOSX' || parts.some((part) => part.startsWith('.')))
        continue;
      if (entries.has(name)) throw new UserError(`${path}: '${name}' is there twice; pack the images again`);
      entries.set(name, entry);
    }
    return entries;
  } finally {
    await archive.close();
  }
}

function checkEntry(path: string, name: string, entry: ZipEntry): void {
  const where = `${path}: ${name}`;
  if (entry.encrypted) throw new UserError(`${where} is encrypted; pack the images without a password`);
  if (entry.method !== 0 && entry.method !== 8) {
    throw new UserError(
      `${where} is packed by method ${entry.method}, which is not known (stored and deflated are); pack the images again`,
    );
  }
  if (Math.max(entry.size, entry.compressedSize) > LARGEST_IMAGE) {
    throw new UserError(`${where} claims ${entry.size} bytes, which no image has; leave it out`);
  }
}

/** Archives of a folder have it in every name. */
function withoutCommonFolder(names: readonly string[]): readonly string[] {
  const common = names[0]?.split('/')[0];
  const within = names.every((name) => name.startsWith(`${common}/`));
  return within ? names.map((name) => name.slice(common!.length + 1)) : names;
}
