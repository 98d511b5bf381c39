/** Features whose rows of a scatter matrix are computed together, with the columns from `begin` on: `end` undefined is all. */
export interface Stripe {
  begin: number;
  end: number | undefined;
}

/** Below this the halves of a product that are left out are worth less than what smaller products cost. */
const WIDE = 1024;
const STRIPES = 4;

/** How the upper part of a d x d matrix is cut; whole where d is not known. */
export function stripesOf(d: number | null): Stripe[] {
  if (d === null || d < WIDE) return [{ begin: 0, end: undefined }];
  const width = Math.ceil(d / STRIPES);
  return Array.from({ length: STRIPES }, (_, i) => ({
    begin: i * width,
    end: i === STRIPES - 1 ? undefined : (i + 1) * width,
  }));
}

/** The symmetric matrix, row-major, from its stripes, each row-major, and divided by a number; a stripe that is not there has one number. */
export function fromStripes(stripes: readonly Float64Array[], d: number, divisor: number): Float64Array {
  const matrix = new Float64Array(d * d);
  const cut = stripesOf((stripes[1]?.length ?? 1) > 1 ? d : null);
  for (const [i, { begin, end = d }] of cut.entries()) {
    const columns = d - begin;
    for (let row = begin; row < end; row++) {
      for (let column = row; column < d; column++) {
        const value = stripes[i]![(row - begin) * columns + column - begin]! / divisor;
        matrix[row * d + column] = value;
        matrix[column * d + row] = value;
      }
    }
  }
  return matrix;
}
