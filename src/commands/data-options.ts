import { type Command, InvalidArgumentError, Option } from 'commander';
import { IMAGE_RESIZES, type ImageResize } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { RecordOptions } from '../record/options.js';
import { collectList, parseCount, parseDivisors, parseEpoch, parseNumber, parseNumbers } from './parse.js';

/** How data is read and ordered, as commander hands it over. */
export interface DataFlags {
  columns?: string[];
  labelColumn?: string;
  csvHeader?: 'yes' | 'no';
  imageResize?: ImageResize;
  imageAntialias: boolean;
  imageSize?: [number, number];
  inputLayout?: 'nhwc' | 'nchw';
  shuffle?: true;
  seed?: number;
}

export function addDataOptions(command: Command): Command {
  return command
    .option(
      '--columns <names>',
      'columns of a csv or parquet file, in this order: names, numbers from 1, ranges (3-10), globs; repeatable',
      collectList,
    )
    .option('--label-column <name>', 'column of labels, which is left out')
    .addOption(
      new Option('--csv-header <yes|no>', 'whether the first row holds names (default: found out)').choices([
        'yes',
        'no',
      ]),
    )
    .addOption(
      new Option(
        '--image-resize <how>',
        'how images get the size that the model takes: stretched, whole with black bars, or cropped (default: fill)',
      ).choices([...IMAGE_RESIZES]),
    )
    .option('--no-image-antialias', "make images smaller as Keras's loaders do, without averaging pixels")
    .option(
      '--image-size <height>x<width>',
      'size of the images, for models that take any size, or flat rows',
      parseImageSize,
    )
    .addOption(
      new Option(
        '--input-layout <layout>',
        'where the channels of the data stand: last or first (default: as its shape tells)',
      ).choices(['nhwc', 'nchw']),
    )
    .option('--shuffle', 'run the samples in random order')
    .option('--seed <k>', 'which random order (default: 0)', parseEpoch);
}

/** How much of the data is run, as `limit` says, and what is done to it first. */
export function addPreparationOptions(command: Command, limit: string): Command {
  return command
    .option('--limit <samples>', limit, parseCount)
    .option('--scale <factor>', 'multiply the data first; text stays as it is', parseNumber)
    .option('--mean <numbers>', 'then subtract: one number, or one a channel', parseNumbers)
    .option('--std <numbers>', 'then divide: one number, or one a channel', parseDivisors);
}

/** Throws UserError for a seed without --shuffle. */
export function dataOptions(
  flags: DataFlags,
): Pick<RecordOptions, 'reading' | 'inputLayout' | 'shuffleSeed'> {
  if (flags.seed !== undefined && !flags.shuffle) {
    throw new UserError(
      '--seed says in which random order, but the samples run as they stand; add --shuffle',
    );
  }
  const { columns, labelColumn, csvHeader, imageResize, imageAntialias, imageSize, inputLayout } = flags;
  return {
    reading: {
      columns,
      labelColumn,
      csvHeader,
      imageResize,
      imageAntialias: imageAntialias ? undefined : false,
      imageSize,
    },
    inputLayout,
    shuffleSeed: flags.shuffle ? (flags.seed ?? 0) : undefined,
  };
}

function parseImageSize(text: string): [number, number] {
  const [, height, width] = /^(\d+)(?:[x,](\d+))?$/i.exec(text.trim()) ?? [];
  const size: [number, number] = [Number(height), Number(width ?? height)];
  if (!size.every((side) => side >= 1 && side <= 65_536)) {
    throw new InvalidArgumentError('It must be a height and a width in pixels, such as 224x224.');
  }
  return size;
}
