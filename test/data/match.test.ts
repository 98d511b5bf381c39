import { describe, expect, test } from 'vitest';
import type { Dataset, InputSpec } from '../../src/data/dataset.js';
import { fixedBatchSize, matchInputs } from '../../src/data/match.js';
import { openDataset } from '../../src/data/registry.js';
import { UserError } from '../../src/errors.js';
import type { Dim, DType } from '../../src/tensor.js';
import { fixture } from './fixture-files.js';

/** A dataset of which only the description is looked at. */
function described(shape: number[], dtype: DType = 'float32', key?: string): Dataset {
  return {
    path: 'x.npy',
    samples: shape[0]!,
    arrays: [{ key, dtype, sampleShape: shape.slice(1) }],
    notes: [],
    read: () => Promise.reject(new Error('matching reads nothing')),
    close: () => Promise.resolve(),
  };
}

function input(shape: Dim[] | undefined, dtype: DType = 'float32', key = 'in'): InputSpec {
  return { key, dtype, shape };
}

function refusal(shape: number[], wanted: Dim[]): string {
  try {
    matchInputs(described(shape), [input(wanted)]);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'fits';
}

describe('names', () => {
  test('one array, one input, whatever their names', () => {
    expect(matchInputs(described([5, 3]), [input([null, 3])])).toMatchObject([{ index: 0 }]);
    expect(matchInputs(described([5, 3], 'float32', 'arr_0'), [input([null, 3])])).toMatchObject([
      { index: 0 },
    ]);
  });

  test('by name, in the order of the inputs', async () => {
    const dataset = await openDataset(fixture('stored.npz'));
    const inputs = [input([null, 5], 'int64', 'tokens/ids'), input([null, null, 3], 'float32', 'image')];
    expect(matchInputs(dataset, inputs).map(({ index }) => index)).toEqual([1, 0]);
    const renamed = [input([null, 5], 'int64', 'ids'), inputs[1]!];
    expect(() => matchInputs(dataset, renamed)).toThrow(
      /stored\.npz holds the arrays 'image', 'tokens\/ids', but the model's inputs are 'ids', 'image'; missing: 'ids'; not an input: 'tokens\/ids'; .*np\.savez\(path, ids=\.\.\., image=\.\.\.\)/,
    );
    expect(() => matchInputs(dataset, [inputs[1]!])).toThrow(
      /the model's input is 'image'; not an input: 'tokens\/ids'/,
    );
    await dataset.close();
  });

  test('one array for several inputs', () => {
    const inputs = [input([null, 3], 'float32', 'a/b'), input([null, 3], 'float32', 'c')];
    expect(() => matchInputs(described([5, 3]), inputs)).toThrow(
      /2 inputs; save an \.npz .*\*\*\{'a\/b': \.\.\., 'c': \.\.\.\}/,
    );
  });

  test('a model without inputs', () => {
    expect(() => matchInputs(described([5, 3]), [])).toThrow(/takes no input/);
  });
});

describe('types', () => {
  test('complex numbers on either side, text, a scalar input', () => {
    expect(() => matchInputs(described([5], 'complex64'), [input([null])])).toThrow(
      /complex numbers \(complex64\)/,
    );
    expect(() => matchInputs(described([5]), [input([null], 'string')])).toThrow(/takes text/);
    expect(() => matchInputs(described([5]), [input([null], 'complex128')])).toThrow(/takes complex128/);
    expect(() => matchInputs(described([5]), [input([], 'bool')])).toThrow(
      /single number without a batch axis/,
    );
  });
});

describe('shapes', () => {
  test.each([
    [
      [9, 28, 28, 1],
      [null, 28, 28, 1],
    ],
    [
      [9, 28, 28, 1],
      [null, null, null, 1],
    ],
    [
      [9, 28, 28, 1],
      [8, 28, 28, 1],
    ],
    [
      [9, 3],
      [null, null],
    ],
    [[9], [null]],
  ] satisfies [number[], Dim[]][])('%o fits %o', (shape, wanted) => {
    expect(refusal(shape, wanted)).toBe('fits');
  });

  test('an unknown rank takes anything', () => {
    expect(matchInputs(described([9, 4, 4]), [input(undefined)])).toHaveLength(1);
  });

  test.each([
    [[28, 28, 1], [null, 28, 28, 1], /add the batch axis: x\[None\]$/],
    [[1, 60, 28, 28, 1], [null, 28, 28, 1], /samples are in batches|batch axis|reshape the data/],
    [[4, 15, 28, 28, 1], [null, 28, 28, 1], /x\.reshape\(-1, \*x\.shape\[2:\]\)$/],
    [[60, 16, 100], [null, 100, 16], /channels stand first .*np\.moveaxis\(x, 1, -1\)$/],
    [[60, 64, 48, 3], [null, 48, 64, 3], /another order: np\.transpose\(x, \(0, 2, 1, 3\)\)$/],
    [[60, 32, 32, 1], [null, 32, 32, 3], /grey: np\.repeat\(x, 3, axis=-1\)$/],
    [[60, 1, 32, 32], [null, 3, 32, 32], /grey: np\.repeat\(x, 3, axis=1\)$/],
    [[60, 32, 32, 4], [null, 32, 32, 3], /x\[\.\.\., :3\]$/],
    [[60, 14, 56], [null, 28, 28], /x\.reshape\(-1, 28, 28\)$/],
    [[60, 32, 32, 3], [null, 224, 224, 3], /resize the images/],
    [[60, 784], [null, null, 28], /reshape the data/],
    [
      [60, 5],
      [null, 7],
      /\(60, 5\), but the model's input 'in' takes \(\?, 7\); reshape the data, or give other data$/,
    ],
  ] satisfies [number[], Dim[], RegExp][])('%o for %o', (shape, wanted, hint) => {
    expect(refusal(shape, wanted)).toMatch(hint);
  });
});

test('data that fits, but not as --input-layout says', () => {
  const images = described([9, 48, 64, 3]);
  const wanted = [input([null, 48, 64, 3])];
  expect(() => matchInputs(images, wanted, { data: 'first', model: 'last' })).toThrow(
    /\(its channels first, by --input-layout\).*; it fits as it stands: leave --input-layout out$/,
  );
  expect(() => matchInputs(images, [input([null, 3, 64, 48])], { data: 'first', model: 'first' })).toThrow(
    /another order: np\.transpose/,
  );
  expect(() => matchInputs(images, [input([null, 3, 48, 64])], { data: 'first', model: 'first' })).toThrow(
    /it fits with its channels last: --input-layout nhwc$/,
  );
});

describe('batch sizes that a model fixes', () => {
  test('none, one, several', () => {
    expect(fixedBatchSize([input([null, 3]), input(undefined)])).toBeUndefined();
    expect(fixedBatchSize([input([null, 3]), input([8, 3])])).toBe(8);
    expect(() => fixedBatchSize([input([4, 3], 'float32', 'a'), input([8, 3], 'float32', 'b')])).toThrow(
      /'a' and 'b' fix batches of 4 and 8/,
    );
  });
});
