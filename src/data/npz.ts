import { UserError } from '../errors.js';
import { openFile } from './byte-source.js';
import { blocksOf, type Dataset, type DatasetReader } from './dataset.js';
import { NpyArray } from './npy-array.js';
import { readZipDirectory } from './zip-directory.js';
import { openZipEntry } from './zip-entry.js';

const ENDING = '.npy';

/** Arrays of NumPy's `np.savez` or `np.savez_compressed`, one a model input, named as the input is. */
export const npzReader: DatasetReader = {
  name: 'npz',
  extensions: ['.npz'],
  async open(path) {
    const archive = await openFile(path);
    const arrays = new Map<string, NpyArray>();
    const close = async () => {
      for (const array of arrays.values()) await array.close();
      await archive.close();
    };
    try {
      const notes: string[] = [];
      for (const entry of await readZipDirectory(archive, path)) {
        if (!entry.name.endsWith(ENDING)) {
          if (!entry.name.endsWith('/'))
            notes.push(`${path}: '${entry.name}' is not an array; it is ignored`);
          continue;
        }
        const key = entry.name.slice(0, -ENDING.length);
        const where = `${path}: the array '${key}'`;
        if (arrays.has(key))
          throw new UserError(`${where} is there twice; save the file again with np.savez`);
        const source = await openZipEntry(archive, entry, where);
        try {
          arrays.set(key, await NpyArray.open(source, where));
        } catch (error) {
          await source.close();
          throw error;
        }
      }
      return dataset(path, arrays, notes, close);
    } catch (error) {
      await close();
      throw error;
    }
  },
};

function dataset(
  path: string,
  arrays: Map<string, NpyArray>,
  notes: string[],
  close: () => Promise<void>,
): Dataset {
  const [first] = arrays.values();
  if (!first) throw new UserError(`${path} holds no arrays; save them with np.savez(path, name=x)`);
  const counts = [...arrays].map(([key, array]) => `'${key}' ${array.samples}`);
  if ([...arrays.values()].some((array) => array.samples !== first.samples)) {
    throw new UserError(
      `${path}: the arrays differ in their number of samples (axis 0): ${counts.join(', ')}; save just the model's inputs, with as many samples each`,
    );
  }
  return {
    path,
    samples: first.samples,
    arrays: [...arrays].map(([key, array]) => array.describe(key)),
    notes: [...notes, ...[...arrays.values()].flatMap((array) => array.notes)],
    blocks: blocksOf(first.samples, Math.min(...[...arrays.values()].map((array) => array.windowSamples))),
    async read(start, end) {
      const tensors = [];
      for (const array of arrays.values()) tensors.push(await array.read(start, end));
      return tensors;
    },
    close,
  };
}
