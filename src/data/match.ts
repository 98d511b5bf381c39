import { UserError } from '../errors.js';
import { formatShape } from '../tensor.js';
import { type Arrangement, arrange, type Layouts } from './arrangement.js';
import type { Dataset, DatasetArray, InputSpec } from './dataset.js';
import { shapeHint } from './shape-hints.js';

/** Which array of a dataset feeds which input of a model. */
export interface Binding {
  input: InputSpec;
  array: DatasetArray;
  /** Place of the array in what the dataset reads. */
  index: number;
  /** How its samples become what the input takes. */
  arrangement: Arrangement;
}

/**
 * Finds the array for every input of a model: by name, or the only array for the only input; and how it is to be laid out for it.
 * Checks element types and shapes. Throws UserError, naming both sides, where they do not fit; nothing is read.
 */
export function matchInputs(
  dataset: Dataset,
  inputs: readonly InputSpec[],
  layouts: Layouts = {},
): Binding[] {
  return pair(dataset, inputs).map((binding) => {
    const { input, array } = binding;
    const where = nameOf(dataset, array);
    checkType(where, array, input);
    return { ...binding, arrangement: arrangementFor(where, dataset.samples, array, input, layouts) };
  });
}

/** What is done to the layout of the data, in sentences for the user. */
export function layoutNotes(dataset: Dataset, bindings: readonly Binding[]): string[] {
  return bindings.flatMap(({ array, arrangement: { note } }) =>
    note === undefined ? [] : [`${nameOf(dataset, array)}: ${note}`],
  );
}

function nameOf(dataset: Dataset, { key }: DatasetArray): string {
  return key === undefined ? dataset.path : `${dataset.path}: the array '${key}'`;
}

/**
 * The number of samples that the model's inputs fix for a batch, undefined if none does. Throws UserError where inputs
 * fix different ones.
 */
export function fixedBatchSize(inputs: readonly InputSpec[]): number | undefined {
  let fixed: { key: string; size: number } | undefined;
  for (const { key, shape } of inputs) {
    const size = shape?.[0] ?? undefined;
    if (size === undefined) continue;
    if (fixed && fixed.size !== size) {
      throw new UserError(
        `the model's inputs '${fixed.key}' and '${key}' fix batches of ${fixed.size} and ${size} samples; export it with one batch size, or a dynamic one`,
      );
    }
    fixed = { key, size };
  }
  return fixed?.size;
}

function pair(dataset: Dataset, inputs: readonly InputSpec[]): Omit<Binding, 'arrangement'>[] {
  const { arrays, path } = dataset;
  if (inputs.length === 0) throw new UserError('the model takes no input, so no data can be run through it');
  // One array for one input leaves no doubt, whatever np.savez called it.
  if (inputs.length === 1 && arrays.length === 1) return [{ input: inputs[0]!, array: arrays[0]!, index: 0 }];
  const wanted = inputs.map((input) => input.key);
  if (arrays.length === 1 && arrays[0]!.key === undefined) {
    throw new UserError(
      `${path} holds one array, but the model has ${inputs.length} inputs; save an .npz with their names: np.savez(path, ${keywords(wanted)})`,
    );
  }
  const held = arrays.flatMap((array) => (array.key === undefined ? [] : [array.key]));
  const missing = wanted.filter((key) => !held.includes(key));
  const extra = held.filter((key) => !wanted.includes(key));
  if (missing.length > 0 || extra.length > 0) {
    throw new UserError(
      `${path} holds the arrays ${list(held)}, but the model's ${wanted.length === 1 ? 'input is' : 'inputs are'} ${list(wanted)}` +
        `${missing.length > 0 ? `; missing: ${list(missing)}` : ''}${extra.length > 0 ? `; not an input: ${list(extra)}` : ''}` +
        `; save just the inputs, by name: np.savez(path, ${keywords(wanted)})`,
    );
  }
  return inputs.map((input) => {
    const index = arrays.findIndex((array) => array.key === input.key);
    return { input, array: arrays[index]!, index };
  });
}

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

/** Arguments for np.savez: names that are no Python identifiers go through a dict. */
function keywords(names: readonly string[]): string {
  if (names.every((name) => /^[A-Za-z_]\w*$/.test(name)))
    return names.map((name) => `${name}=...`).join(', ');
  return `**{${names.map((name) => `'${name}': ...`).join(', ')}}`;
}

function checkType(where: string, array: DatasetArray, input: InputSpec): void {
  if (array.dtype.startsWith('complex')) {
    throw new UserError(
      `${where} holds complex numbers (${array.dtype}), which no network input takes; save the real and imaginary parts, or np.abs(x), as real numbers`,
    );
  }
  if (input.dtype.startsWith('complex')) {
    throw new UserError(
      `the model's input '${input.key}' takes ${input.dtype}, which cannot be fed; export the model from the first layer that takes real numbers on`,
    );
  }
  if (array.dtype === 'string' && input.dtype !== 'string') {
    throw new UserError(
      `${where} holds text, but the model's input '${input.key}' takes ${input.dtype}; give numbers: x.astype(np.float32) where the text is numbers`,
    );
  }
  if (array.dtype !== 'string' && input.dtype === 'string') {
    throw new UserError(
      `${where} holds numbers (${array.dtype}), but the model's input '${input.key}' takes text; give text: x.astype(str), if it reads numbers as text`,
    );
  }
}

function arrangementFor(
  where: string,
  samples: number,
  array: DatasetArray,
  input: InputSpec,
  layouts: Layouts,
): Arrangement {
  if (input.shape?.length === 0) {
    throw new UserError(
      `the model's input '${input.key}' is a single ${input.dtype === 'string' ? 'text' : 'number'} without a batch axis, which no dataset can feed; export the model with it as a constant`,
    );
  }
  const arrangement = arrange(array, input, layouts);
  if (arrangement || input.shape === undefined) return arrangement ?? { shape: array.sampleShape };
  const hint = layoutHint(array, input, layouts) ?? shapeHint(samples, array.sampleShape, input.shape);
  const said = layouts.data === undefined ? '' : ` (its channels ${layouts.data}, by --input-layout)`;
  throw new UserError(
    `${where} has the shape ${formatShape([samples, ...array.sampleShape])}${said}, but the model's input '${input.key}' takes ${formatShape(input.shape)}` +
      `${hint === undefined ? '; reshape the data, or give other data' : `; ${hint}`}`,
  );
}

/** What to do about data that fits, but not in the layout that the user told. */
function layoutHint(array: DatasetArray, input: InputSpec, { data, model }: Layouts): string | undefined {
  const found = data && arrange(array, input, { model });
  if (!found) return undefined;
  if (found.moved === undefined) return 'it fits as it stands: leave --input-layout out';
  return `it fits with its channels ${found.moved}: --input-layout ${found.moved === 'last' ? 'nhwc' : 'nchw'}`;
}
