import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors.js';
import type { SpecHook } from './draw.js';

/**
 * Loads a module whose default export changes specs. Messages name it as the user did, as what follows `option`.
 * @throws UserError if it cannot be loaded, or exports no function
 */
export async function loadSpecHook(path: string, option: string): Promise<SpecHook> {
  const named = `${option}${path}`;
  if (!existsSync(path)) throw new UserError(`${named}: there is no such file`);
  const { default: hook }: { default?: unknown } = await import(pathToFileURL(resolve(path)).href).catch(
    (error: unknown) => {
      throw new UserError(`${named} cannot be loaded: ${messageOf(error)}`);
    },
  );
  if (typeof hook !== 'function') {
    throw new UserError(
      `${named} has no function as its default export; write export default (spec, figure) => { ... }`,
    );
  }
  return async (spec, figure) => {
    try {
      return await hook(spec, figure);
    } catch (error) {
      throw new UserError(`${named} threw: ${messageOf(error)}`);
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
