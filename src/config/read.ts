import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { UserError } from '../errors.js';

/** A value of a configuration file. */
export type ConfigValue = string | number | boolean | null | ConfigValue[] | { [name: string]: ConfigValue };

export interface Config {
  /** For messages: `delve.yaml`, `"delve" in package.json`. */
  where: string;
  values: { [name: string]: ConfigValue };
}

/**
 * The options that a file holds: JSON, or YAML by its ending. Without a file, those under `"delve"` in the working directory's
 * package.json; undefined if there are none.
 * @throws UserError for a file that cannot be read or holds no options.
 */
export async function readConfig(file: string | undefined, cwd: string): Promise<Config | undefined> {
  if (file !== undefined) {
    const values = await parse(file, await textOf(file));
    if (!isSection(values)) {
      throw new UserError(`--config ${file}: it must hold options by name, such as "threshold": 0.99`);
    }
    return { where: file, values };
  }
  const manifest = await manifestOf(join(cwd, 'package.json'));
  const values = manifest?.delve;
  if (values === undefined) return undefined;
  const where = '"delve" in package.json';
  if (!isSection(values))
    throw new UserError(`${where}: it must hold options by name, such as "threshold": 0.99`);
  return { where, values };
}

/** Whether it holds values by name. */
export function isSection(value: ConfigValue | undefined): value is { [name: string]: ConfigValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UserError(`--config ${file}: it cannot be read (${error.message})`);
  }
}

async function parse(file: string, text: string): Promise<ConfigValue> {
  try {
    if (['.yaml', '.yml'].includes(extname(file).toLowerCase())) return (await import('yaml')).parse(text);
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [reason] = error.message.split('\n');
    throw new UserError(`--config ${file}: ${reason?.replace(/[:.]$/, '')}`);
  }
}

/** Of somebody else's file: what is wrong with it is not for us to say. */
async function manifestOf(file: string): Promise<{ delve?: ConfigValue } | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof manifest === 'object' && manifest !== null ? manifest : undefined;
  } catch {
    return undefined;
  }
}
