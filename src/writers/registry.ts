import { AbstractWriter, takingEpochs } from './abstract-writer.js';
import { compositeWriter } from './composite.js';
import { loadOwnWriter } from './own-writer.js';
import { savefilePath } from './savefile.js';
import { parseWriterSpecs, type WriterSpec } from './spec.js';
import type { Writer, WriterOptions } from './writer.js';

/** A name with its settings (`npy:zip`), the path of a module, or a writer that is there already. */
export type WriterChoice = string | Writer | AbstractWriter;

/**
 * The writer that `saveTo` names: a name of the list with its settings (`npy:zip`), the path of a module of one's own, a writer
 * that is there already, or several of these as one. The dump is written first: what needs most room on the disk fails before
 * anything else is touched.
 * @throws UserError for one that is not known, that cannot be loaded, and for a savefile that names no file
 */
export async function createWriter(
  saveTo: string | readonly WriterChoice[],
  options: Omit<WriterOptions, 'settings'>,
): Promise<Writer> {
  const wanted = typeof saveTo === 'string' ? [saveTo] : saveTo;
  const savefile = savefilePath(options.savefile);
  const specs = parseWriterSpecs(wanted.filter((item) => typeof item === 'string'));
  const writers: Writer[] = [];
  for (const spec of specs.sort((a, b) => Number(b.name === 'npy') - Number(a.name === 'npy')))
    writers.push(await load(spec, { ...options, savefile, settings: spec.settings }));
  for (const item of wanted) {
    if (item instanceof AbstractWriter) writers.push(takingEpochs(item, options.initialEpoch));
    else if (typeof item !== 'string') writers.push(item);
  }
  const [only, ...more] = writers;
  return only && more.length === 0 ? only : compositeWriter(writers);
}

async function load({ entry, name }: WriterSpec, options: WriterOptions): Promise<Writer> {
  if (!entry) return loadOwnWriter(name, options);
  const create = await entry.load();
  return create(options);
}
