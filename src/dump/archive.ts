import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../errors.js';
import { replaceFileWith } from './atomic.js';
import { EPOCH_COUNTER, epochOfFile, RUN } from './layout.js';
import { openDump } from './read.js';
import { checkWritableFile } from './writable.js';
import { writeZip, type ZipMember } from './zip-writer.js';

/**
 * Checks that an archive of the dump in `folder` can be written to `path`, leaving no trace. `missing`
 * says that the dump is to be continued and is not there: what an archive of it holds would be lost.
 * @throws UserError if it cannot be written, or if what stands there is no archive of a dump, or all that there is of it
 */
export async function checkArchive(path: string, folder: string, missing: boolean): Promise<void> {
  checkWritableFile(path);
  if (!existsSync(path)) return;
  try {
    const dump = await openDump(path);
    await dump.close();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${path} is there and is no archive of a dump (${error.message}), so it is not replaced; move it away, or choose another place with --out`,
    );
  }
  if (missing) {
    throw new UserError(
      `${folder}/ holds no epoch that could be continued, but ${path} is the archive of one; unpack it beside the archive first, or leave --initial-epoch away to replace it`,
    );
  }
}

/**
 * Replaces `path` with a zip archive of the dump in `folder`, at once: the dump's files alone, below the folder's name, as the
 * Python package archives them. @throws UserError if it cannot be written.
 */
export function writeArchive(path: string, folder: string): void {
  replaceFileWith(path, (file) => writeZip(file, dumpFiles(folder)));
}

/** Arrays first, what tells of all of them last. */
function* dumpFiles(folder: string): Generator<ZipMember> {
  const name = basename(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (!entry.isDirectory()) continue;
    for (const file of readdirSync(join(folder, entry.name)).sort())
      if (epochOfFile(entry.name, file) !== undefined) {
        yield { name: `${name}/${entry.name}/${file}`, path: join(folder, entry.name, file) };
      }
  }
  for (const file of [EPOCH_COUNTER, RUN])
    if (existsSync(join(folder, file))) yield { name: `${name}/${file}`, path: join(folder, file) };
}
