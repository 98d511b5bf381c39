import { UserError } from '../errors.js';
import type { DataOption } from './data-option.js';

/**
 * Reads each `--labels [MODE=]PATH`: of which dataset a file holds the labels. Without a mode it is the only one. Throws UserError where that leaves
 * a choice, for a mode without data, and for two files of one mode.
 */
export function parseLabelOptions(texts: readonly string[], data: readonly DataOption[]): DataOption[] {
  const [first, ...others] = data;
  const found = texts.map((text): DataOption => {
    const [, mode, path = ''] = /^(train|eval)=(.*)$/s.exec(text) ?? [];
    if ((mode === undefined ? text : path) === '') throw new UserError(`--labels '${text}' names no file`);
    if (mode === 'train' || mode === 'eval') return { mode, path };
    if (first && others.length === 0) return { mode: first.mode, path: text };
    throw new UserError(
      `--labels ${text}: there are ${data.length} datasets; write train= or eval= before it`,
    );
  });
  for (const [i, { mode, path }] of found.entries()) {
    if (!data.some((each) => each.mode === mode))
      throw new UserError(
        `--labels ${mode}=${path}: there is no ${mode} data; give it with --data ${mode}=PATH`,
      );
    if (found.findIndex((each) => each.mode === mode) < i)
      throw new UserError(`--labels ${path}: there are labels of the ${mode} data already; give one file`);
  }
  return found;
}
