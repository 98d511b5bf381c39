import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import { csvWriter } from './csv.js';
import { jsonWriter } from './json.js';
import { npyWriter } from './npy.js';
import { printWriter } from './print.js';
import { savefilePath } from './savefile.js';
import type { Writer, WriterOptions } from './writer.js';

/** The writers by the name that users type. */
const WRITERS: Readonly<Record<string, (options: WriterOptions) => Writer>> = {
  npy: npyWriter,
  csv: csvWriter,
  json: jsonWriter,
  print: printWriter,
};

export function writerNames(): string[] {
  return Object.keys(WRITERS);
}

/** The writer of that name. @throws UserError for an unknown one, and for a savefile that names no file. */
export function createWriter(name: string, options: WriterOptions): Writer {
  const create = Object.hasOwn(WRITERS, name) ? WRITERS[name] : undefined;
  if (!create) throw new UserError(`--save-to ${name}: ${nearest(name, writerNames(), 'writer')}`);
  return create({ ...options, savefile: savefilePath(options.savefile) });
}
