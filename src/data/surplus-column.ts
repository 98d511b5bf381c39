import { UserError } from '../errors.js';
import { printable } from '../printable.js';
import { sizeOf } from '../tensor.js';
import type { OpenOptions } from './dataset.js';

/**
 * The commonest misfit of a table: labels, or a row's number, among the columns of numbers. Throws UserError if nobody said which
 * columns to take, and there is one more than the model's only input takes numbers.
 *
 * @param columns those that are read: their names, empty where they have none, and their numbers, from 1
 */
export function refuseOneTooMany(
  path: string,
  columns: readonly { name: string; number: number }[],
  { inputs = [], columns: requests, labelColumn }: OpenOptions,
): void {
  const [input, ...others] = inputs;
  const sample = input?.shape?.slice(1).filter((dim) => dim !== null);
  if (!input || !sample || others.length > 0 || requests || labelColumn !== undefined) return;
  if (sample.length !== input.shape!.length - 1 || sizeOf(sample) !== columns.length - 1) return;
  const usual = columns.find(({ name }) =>
    /^(labels?|targets?|class|y|id|index|__index_level_0__|)$/i.test(name),
  );
  const named = columns.some(({ name }) => name !== '');
  const column = named ? (usual ?? columns.at(-1)!) : columns[0]!;
  throw new UserError(
    `${path} has ${columns.length} columns, one more than the model's input '${input.key}' takes numbers; name the one that holds labels or the row's number, as in --label-column ${printable(column.name) || column.number}`,
  );
}
