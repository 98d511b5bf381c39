import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors.js';
import type { SpecHook } from './draw.js';

/** Loads a module whose default export changes specs. @throws UserError if it cannot be loaded, or exports no function */
export async function loadSpecHook(path: string): Promise<SpecHook> {
  const { default: hook }: { default?: unknown } = await import(pathToFileURL(resolve(path)).href).catch(
    (error: unknown) => {
      throw new UserError(`--spec-hook ${path} cannot be loaded: ${messageOf(error)}`);
    },
  );
  if (typeof hook !== 'function') {
    throw new UserError(
      `--spec-hook ${path} has no function as its default export; write export default (spec, figure) => { ... }`,
    );
  }
  return async (spec, figure) => {
    try {
      return await hook(spec, figure);
    } catch (error) {
      throw new UserError(`--spec-hook ${path} threw: ${messageOf(error)}`);
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
