import { UserError } from '../errors.js';
import { blocksOf, type DatasetReader } from './dataset.js';
import { NpyArray } from './npy-array.js';
import { PIPE } from './piped.js';

/** One npy array that comes through a pipe (`--data -`). */
export const pipeReader: DatasetReader = {
  name: 'npy',
  extensions: [],
  async open(_path, { piped }) {
    if (!piped) throw new UserError('data - stands for standard input, but there is none here; give a file');
    const array = await NpyArray.open(await piped.source(), PIPE);
    return {
      path: PIPE,
      samples: array.samples,
      arrays: [array.describe(undefined)],
      notes: array.notes,
      blocks: blocksOf(array.samples, array.windowSamples),
      read: async (start, end) => [await array.read(start, end)],
      // Another model may ask for the array again: whoever made the pipe's data closes it.
      close: async () => {},
    };
  },
};
