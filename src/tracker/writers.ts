import { UserError } from '../errors.js';
import { AbstractWriter } from '../writers/abstract-writer.js';
import { CompositeWriter } from '../writers/classes/composite-writer.js';
import { CSVWriter } from '../writers/classes/csv-writer.js';
import { NPYWriter } from '../writers/classes/npy-writer.js';
import { PlottingWriter } from '../writers/classes/plotting-writer.js';
import { PrintWriter } from '../writers/classes/print-writer.js';
import { TensorBoardWriter } from '../writers/classes/tensorboard-writer.js';
import { EpochWriter } from '../writers/epoch-writer.js';
import { createWriter, type WriterChoice } from '../writers/registry.js';
import { parseWriterSpecs, type WriterSpec } from '../writers/spec.js';
import type { WriterArgs } from './options.js';

/** What names of writers are made into. */
export interface WriterPlace {
  savefile: string;
  writerArgs: WriterArgs;
  /** Without figures. */
  nosave: boolean;
  note(message: string): void;
  print(line: string): void;
}

/** By name and settings. */
const CLASSES: Readonly<Record<string, (place: WriterPlace) => AbstractWriter>> = {
  csv: ({ savefile, note }) => new CSVWriter(savefile, { note }),
  npy: ({ savefile, note, writerArgs: { zip = false } }) => new NPYWriter(savefile, { note, zip }),
  'npy zip': ({ savefile, note }) => new NPYWriter(savefile, { note, zip: true }),
  tensorboard: ({ savefile, note, writerArgs: { flat = false } }) =>
    new TensorBoardWriter(savefile, { note, flat }),
  'tensorboard flat': ({ savefile, note }) => new TensorBoardWriter(savefile, { note, flat: true }),
  plot: ({ savefile, note, writerArgs }) => new PlottingWriter(savefile, { ...writerArgs, note }),
  print: ({ print }) => new PrintWriter({ print }),
};

/**
 * The writer that `saveTo` asks for: names with their settings (`npy:zip`), paths of modules, writers that are there already, or several of
 * these. The dump is written first, which needs most room on the disk.
 *
 * @throws UserError for a name that is not known, and a savefile that names no file
 */
export function trackerWriter(
  saveTo: WriterChoice | readonly WriterChoice[],
  place: WriterPlace,
): AbstractWriter {
  const wanted: readonly WriterChoice[] = isList(saveTo) ? saveTo : [saveTo];
  const specs = parseWriterSpecs(wanted.filter((item) => typeof item === 'string'))
    .filter(({ name }) => !(place.nosave && name === 'plot'))
    .sort((a, b) => Number(b.name === 'npy') - Number(a.name === 'npy'));
  const writers = specs.map((spec) => named(spec, place));
  for (const item of wanted) {
    if (item instanceof AbstractWriter) writers.push(item);
    else if (typeof item === 'object' && item !== null) writers.push(new EpochWriter(() => item));
    else if (typeof item !== 'string')
      throw new UserError(
        `saveTo: ${String(item)} is no writer; name one, such as csv, or hand in one of your own`,
      );
  }
  const [only, ...more] = writers;
  return only && more.length === 0 ? only : new CompositeWriter(writers);
}

function isList(saveTo: WriterChoice | readonly WriterChoice[]): saveTo is readonly WriterChoice[] {
  return Array.isArray(saveTo);
}

function named({ name, text, settings }: WriterSpec, place: WriterPlace): AbstractWriter {
  const key = [name, ...Object.keys(settings)].join(' ');
  const make = Object.hasOwn(CLASSES, key) ? CLASSES[key] : undefined;
  if (make) return make(place);
  const { savefile, note, print } = place;
  return new EpochWriter((initialEpoch) => createWriter(text, { savefile, initialEpoch, note, print }));
}

/** A writer's own writers, or itself. */
export function allWriters(writer: AbstractWriter): AbstractWriter[] {
  return writer instanceof CompositeWriter ? writer.writers.flatMap(allWriters) : [writer];
}

/** Says what is computed in vain: covariances and points in the plane are not for every writer. Of those of one's own nothing is known. */
export function noteWhatIsNotWritten(
  stats: readonly string[],
  writer: AbstractWriter,
  note: (message: string) => void,
): void {
  const writers = allWriters(writer);
  const others = writers.filter(
    (each) =>
      ![CSVWriter, PrintWriter, TensorBoardWriter, PlottingWriter, NPYWriter].some(
        (known) => each instanceof known,
      ),
  );
  if (others.length > 0) return;
  if (stats.includes('cov') && !writers.some((each) => each instanceof NPYWriter)) {
    note("stats has 'cov', but no writer stores covariances; add 'npy' to what is saved");
  }
  if (stats.includes('embed') && !writers.some((each) => each instanceof PlottingWriter)) {
    note("stats has 'embed', but no writer draws points; add 'plot' to what is saved");
  }
}
