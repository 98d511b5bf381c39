import { openFile } from './byte-source.js';
import { blocksOf, type DatasetReader } from './dataset.js';
import { NpyArray } from './npy-array.js';

/** One array of NumPy's `np.save`, of any size: it is read in slices, never whole. */
export const npyReader: DatasetReader = {
  name: 'npy',
  extensions: ['.npy'],
  async open(path) {
    const source = await openFile(path);
    try {
      const array = await NpyArray.open(source, path);
      return {
        path,
        samples: array.samples,
        arrays: [array.describe(undefined)],
        notes: array.notes,
        blocks: blocksOf(array.samples, array.windowSamples),
        read: async (start, end) => [await array.read(start, end)],
        close: () => array.close(),
      };
    } catch (error) {
      await source.close();
      throw error;
    }
  },
};
