import { join } from 'node:path';
import type { DatasetReader } from './dataset.js';
import { classesOf, imageDataset, labelsOf } from './image-dataset.js';
import { findImages, noteOthers } from './image-files.js';

/** A folder of images; folders within it are classes, as Keras and torchvision have them. */
export const imageFolderReader: DatasetReader = {
  name: 'images',
  extensions: [],
  folders: true,
  options: ['imageResize', 'imageAntialias', 'imageSize'],
  async open(path, options) {
    const images = await findImages(path);
    const notes = noteOthers(path, 'folder', images);
    const { names } = images;
    const labels = labelsOf(names);
    return imageDataset(
      {
        path,
        samples: names.length,
        locate: async (sample) => {
          const file = join(path, names[sample]!);
          return { source: { file }, name: file };
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
