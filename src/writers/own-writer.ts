import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors.js';
import type { EpochRecord, RunDescription, Writer, WriterOptions } from './writer.js';

const METHODS = ['open', 'write', 'close'] as const;
const SHAPE = 'a writer has open(), write(epoch) and close(run)';

/**
 * A writer of the user's own: the default export of the module at `path` is a function from options to a writer (or a promise
 * of one), or a class that is constructed with them. What it throws becomes a UserError that names the module and the place in it.
 * @throws UserError if the file is missing or cannot be loaded, or what it exports is no writer
 */
export async function loadOwnWriter(path: string, options: WriterOptions): Promise<Writer> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new UserError(`--save-to ${path}: no such file; give the path of your writer's module`);
  }
  const make = await loading(path, () => importDefault(path));
  const writer: unknown = await loading(path, () => (isClass(make) ? new make(options) : make(options)));
  if (!isWriter(writer)) throw new UserError(`${path}: ${whatLacks(writer)}; ${SHAPE}`);
  return {
    open: () => calling(path, 'open', () => writer.open()),
    write: (epoch: EpochRecord) => calling(path, 'write', () => writer.write(epoch)),
    close: (run: RunDescription) => calling(path, 'close', () => writer.close(run)),
  };
}

type Make = ((options: WriterOptions) => unknown) & (new (options: WriterOptions) => unknown);

async function importDefault(path: string): Promise<Make> {
  const loaded: { default?: unknown } = await import(pathToFileURL(resolve(path)).href);
  if (isMake(loaded.default)) return loaded.default;
  const found =
    loaded.default === undefined ? 'it has no default export' : 'its default export is no function or class';
  throw new UserError(`${path}: ${found}; add: export default (options) => ({ open, write, close })`);
}

function isMake(value: unknown): value is Make {
  return typeof value === 'function';
}

/** Classes cannot be called, and most functions should not be constructed. */
function isClass(make: Make): boolean {
  return /^class\b/.test(Function.prototype.toString.call(make));
}

function isWriter(value: unknown): value is Writer {
  return METHODS.every((method) => hasMethod(value, method));
}

function hasMethod(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}

function whatLacks(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'what its default export gives is no writer';
  const missing = METHODS.filter((method) => !hasMethod(value, method)).map((method) => `${method}()`);
  return `its writer lacks ${missing.join(' and ')}`;
}

async function loading<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  return attempt(path, 'cannot be loaded', action);
}

async function calling(path: string, method: string, action: () => unknown): Promise<void> {
  await attempt(path, `failed in ${method}()`, action);
}

async function attempt<T>(path: string, failed: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} ${failed}: ${whatHappened(error, path)}`);
  }
}

/** The message, and where in the user's module it happened: this is the user's program to mend, not ours. */
function whatHappened(error: unknown, path: string): string {
  if (!(error instanceof Error)) return String(error);
  const url = pathToFileURL(resolve(path)).href;
  const place = error.stack?.split('\n').find((line) => line.includes(url) || line.includes(resolve(path)));
  return place === undefined ? `${error}` : `${error}\n${place}`;
}
