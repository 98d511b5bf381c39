import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { afterAll } from 'vitest';

/** The path of a file of fixtures/data. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/data/${name}`, import.meta.url));
}

/** A folder of its own for the tests of a file, removed after them. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'delve-test-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Unpacks a zip of fixtures/data into a temporary folder, of which it gives the path. */
export async function unpacked(name: string): Promise<string> {
  const folder = await temporaryFolder();
  for (const [file, content] of Object.entries(unzipSync(await readFile(fixture(name))))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
  return folder;
}

/** Everything of an iterable. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
