import type { DumpFiles } from '../dump/files.js';
import { readScalar, type Scalar } from '../dump/read-arrays.js';
import type { StoredQuantity } from '../dump/stored.js';
import { UserError } from '../errors.js';

/** Files that are read at the same time. */
const TOGETHER = 32;
/** Files of numbers are shorter: a header of 128 bytes, and the number. */
const SCALAR_BYTES = 256;

export interface ScalarEvents {
  /** Refuse damaged files, which are else named and left out. */
  strict: boolean;
  note(message: string): void;
}

/**
 * The numbers that quantities hold, by epoch; quantities of arrays are left out, and named.
 * @throws UserError, with `strict`, for a file that is damaged.
 */
export async function readScalars(
  files: DumpFiles,
  quantities: readonly StoredQuantity[],
  events: ScalarEvents,
): Promise<Map<StoredQuantity, Map<number, Scalar>>> {
  const found = new Map<StoredQuantity, Map<number, Scalar>>();
  const arrays = new Set<string>();
  const wanted = quantities.flatMap((quantity) =>
    [...quantity.files].map(([epoch, path]) => ({ quantity, epoch, path })),
  );
  for (let start = 0; start < wanted.length; start += TOGETHER) {
    const part = wanted.slice(start, start + TOGETHER);
    const scalars = await Promise.all(part.map(({ path }) => readOne(files, path, events)));
    for (const [i, { quantity, epoch }] of part.entries()) {
      const scalar = scalars[i];
      if (scalar === 'array') arrays.add(quantity.name);
      else if (scalar) found.set(quantity, (found.get(quantity) ?? new Map()).set(epoch, scalar));
    }
  }
  if (arrays.size > 0)
    events.note(`${[...arrays].join(', ')}: arrays, not numbers, so no columns of a table`);
  return found;
}

async function readOne(
  files: DumpFiles,
  path: string,
  { strict, note }: ScalarEvents,
): Promise<Scalar | 'array' | undefined> {
  try {
    const start = await files.head(path, SCALAR_BYTES);
    const head = async (bytes: number) =>
      bytes <= start.length || start.length < SCALAR_BYTES
        ? start.subarray(0, bytes)
        : await files.head(path, bytes);
    return (await readScalar(head, files.where(path))) ?? 'array';
  } catch (error) {
    if (strict || !(error instanceof UserError)) throw error;
    note(`${error.message}; it is left out`);
    return undefined;
  }
}
