import { UserError } from '../errors.js';
import { sizeOf } from '../tensor.js';
import type { InputSpec } from './dataset.js';

/** The columns of a table among which those that hold text are chosen. */
export interface TextColumns<C> {
  /** Those asked for; else all that may be read. */
  offered: readonly C[];
  /** Of these, the ones that hold what is more than numbers. */
  text: readonly C[];
  /** Whether the user named them. */
  asked: boolean;
  nameOf(column: C): string;
}

/**
 * As many columns as a model's input takes texts: those offered, or the only ones of them that hold text. Throws UserError where that
 * leaves a choice, or too few.
 */
export function columnsOfText<C>(
  path: string,
  { key, shape }: InputSpec,
  { offered, text, asked, nameOf }: TextColumns<C>,
): readonly C[] {
  const values = valuesOf(shape);
  if (values === undefined || values === offered.length) return offered;
  const takes = `the model's input '${key}' takes ${values === 1 ? 'one column' : `${values} columns`} of text`;
  if (asked) throw new UserError(`${path}: ${takes}, but --columns names ${offered.length}`);
  if (text.length === values) return text;
  const found = text.length > values ? text : offered;
  const advice = found.length > values ? 'choose with --columns' : 'give a file that has as many';
  throw new UserError(
    `${path}: ${takes}, but there ${found.length === 1 ? 'is one' : `are ${found.length}`}: ${found.map(nameOf).join(', ')}; ${advice}`,
  );
}

/** Values of a sample that an input takes; undefined where it takes any number of them. */
export function valuesOf(shape: InputSpec['shape']): number | undefined {
  const sample = shape?.slice(1).filter((dim) => dim !== null);
  return sample && sample.length === shape!.length - 1 ? sizeOf(sample) : undefined;
}
