import type { WriterFactory } from './writer.js';

/** A setting of a writer, which follows its name: `npy:zip`. */
export interface SettingEntry {
  description: string;
  /** What it is set to (`format=FORMAT`), as help texts name it; none for one that is on or off. */
  takes?: string;
  /** What is written with it, as endings of SAVEFILE. */
  endings?: readonly string[];
}

/** What is known of a writer before it is loaded. */
export interface WriterEntry {
  /** One line for help texts. */
  description: string;
  /** What it writes, as endings of SAVEFILE. */
  endings: readonly string[];
  settings?: Readonly<Record<string, SettingEntry>>;
  load(): Promise<WriterFactory>;
}

/** The writers by the name that users type; nothing of them is loaded here. A new one is its file, and its entry in this list. */
export const WRITERS: Readonly<Record<string, WriterEntry>> = {
  csv: {
    description: 'SAVEFILE.csv: a row an epoch, a column a statistic and layer',
    endings: ['.csv'],
    load: async () => (await import('./csv.js')).csvWriter,
  },
  npy: {
    description: 'SAVEFILE/: the dump, with covariances and spectra',
    endings: ['/'],
    settings: { zip: { description: 'and SAVEFILE.zip, made anew after every epoch', endings: ['.zip'] } },
    load: async () => (await import('./npy.js')).npyWriter,
  },
  json: {
    description: 'SAVEFILE.json: every threshold, eigenvalues, and what run made them',
    endings: ['.json'],
    load: async () => (await import('./json.js')).jsonWriter,
  },
  tensorboard: {
    description: 'an event file in SAVEFILE/: statistics and spectra',
    endings: ['/'],
    settings: {
      flat: { description: "with the names of the csv's columns as tags" },
    },
    load: async () => (await import('./tensorboard.js')).tensorboardWriter,
  },
  plot: {
    description: 'SAVEFILE_<stat>_<mode>_epoch_<k>.png: figures of every epoch',
    endings: ['_<stat>_<mode>_epoch_<k>.png'],
    settings: {
      'primary-metric': { description: 'with a number of the run written into them', takes: 'NAME' },
      theme: { description: 'light or dark', takes: 'THEME' },
      'font-size': { description: 'of their text, in pixels', takes: 'PIXELS' },
      size: { description: 'their width and height, in pixels', takes: 'WxH' },
      hook: { description: 'changed before they are drawn (docs/plot.md)', takes: 'MODULE' },
    },
    load: async () => (await import('./plot.js')).plotWriter,
  },
  print: {
    description: 'a line a statistic and layer on stdout',
    endings: [],
    load: async () => (await import('./print.js')).printWriter,
  },
};

/** Further names, each for one writer or for several at once. */
export const WRITER_ALIASES: Readonly<Record<string, readonly string[]>> = {
  tb: ['tensorboard'],
  csvplot: ['csv', 'plot'],
  plotcsv: ['csv', 'plot'],
  csvplotting: ['csv', 'plot'],
};

/** Name and description of each writer, of its settings, of a module of the user's own, and what aliases stand for: for help texts. */
export function writerLines(): [string, string][] {
  const lines = Object.entries(WRITERS).flatMap(([name, { description, settings = {} }]) => [
    [name, description] satisfies [string, string],
    ...Object.entries(settings).map(([key, setting]): [string, string] => [
      `${name}:${key}${setting.takes === undefined ? '' : `=${setting.takes}`}`,
      setting.description,
    ]),
  ]);
  const aliases = Object.entries(WRITER_ALIASES).map(([alias, names]): [string, string] => [
    alias,
    `the same as ${names.join(',')}`,
  ]);
  return [...lines, ['./my-writer.js', 'a writer of your own (docs/writers.md)'], ...aliases];
}

/** Names of the writers, without their aliases. */
export function writerNames(): string[] {
  return Object.keys(WRITERS);
}
