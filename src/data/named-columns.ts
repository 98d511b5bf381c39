import { UserError } from '../errors.js';
import { printable } from '../printable.js';
import type { InputSpec } from './dataset.js';

/** Columns that a message tells. */
const SHOWN = 12;

/**
 * The places of the columns of a table that the inputs of a model take: the one of an input's name, or those of that name with numbers behind
 * it (`size_1`, `size_2`), by these numbers.
 *
 * @param names of all columns; empty where they have none
 * @param offered places of those that may be taken
 * @throws UserError if there is none for an input
 */
export function columnsByName(
  path: string,
  names: readonly string[],
  offered: readonly number[],
  inputs: readonly InputSpec[],
): number[][] {
  const quoted = (each: readonly string[]) => each.map((name) => `'${printable(name)}'`).join(', ');
  const takes = `the model's inputs are ${quoted(inputs.map(({ key }) => key))}, and take the columns of their names`;
  if (names.every((name) => name === '')) {
    throw new UserError(`${path}: ${takes}, but the columns have none; write them into the first row`);
  }
  const found = inputs.map(({ key }) => columnsOf(key, names, offered));
  const missing = inputs.filter((_, i) => found[i]!.length === 0).map(({ key }) => key);
  if (missing.length > 0) {
    const there = quoted(offered.slice(0, SHOWN).map((column) => names[column]!));
    const more = offered.length > SHOWN ? `, ... (${offered.length} in all)` : '';
    throw new UserError(
      `${path}: ${takes}, but there is none for ${quoted(missing)}; there are ${there}${more}: give them the inputs' names, or save an .npz with these`,
    );
  }
  return found;
}

function columnsOf(key: string, names: readonly string[], offered: readonly number[]): number[] {
  const exact = offered.find((column) => names[column] === key);
  if (exact !== undefined) return [exact];
  const numbered = offered.flatMap((column) => {
    const name = names[column]!;
    const [, number] = name.startsWith(key) ? (/^[ _.-]?(\d+)$/.exec(name.slice(key.length)) ?? []) : [];
    return number === undefined ? [] : [{ column, number: Number(number) }];
  });
  return numbered.sort((a, b) => a.number - b.number).map(({ column }) => column);
}

/** Shape of a sample of so many columns of single values: none where it is one, and the input takes no axis for it. */
export function shapeOfColumns(columns: number, input: InputSpec | undefined): number[] {
  return columns === 1 && input?.shape?.length === 1 ? [] : [columns];
}
