import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What a SavedModel keeps beside its graph. */
const BESIDE = ['variables', 'assets', 'assets.extra'];

/**
 * Does something with a SavedModel whose graph is another one, in a folder that is there for as long: its variables and assets are
 * those of the original.
 */
export async function withSavedModel<T>(
  original: string,
  graph: Uint8Array,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'delve-'));
  try {
    const there = await readdir(original);
    for (const name of BESIDE.filter((each) => there.includes(each))) {
      // Junctions need no rights on Windows; elsewhere the kind says nothing.
      await symlink(resolve(original, name), join(folder, name), 'junction');
    }
    await writeFile(join(folder, 'saved_model.pb'), graph);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
