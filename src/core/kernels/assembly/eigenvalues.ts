// Eigenvalues of a symmetric float64 matrix. AssemblyScript; `npm run kernels` compiles it.
//
// Functions with hot inner loops are exported, though nobody outside calls them: what is exported is not inlined into its only
// caller, and V8 replaces slow code by fast code from one call of a function to the next, not within a loop.

import { bandWorkBytes, reduceToBand } from './eigen-band';
import { chaseBulges, chaseWorkBytes } from './eigen-chase';
import { BAND } from './eigen-products';
import { rootFreeQl } from './eigen-ql';
import { lead } from './eigen-team';
import { tridiagonalise } from './eigen-tridiagonal';
import { get } from './eigen-vectors';

export { factorTask, productTask, reflectRow, reflectRows, updateTask, vectorsTask } from './eigen-band';
export {
  chaseStep,
  chaseTask,
  multiplyBlockColumns,
  multiplyBlockRows,
  multiplyTriangle,
  multiplyTriangleRows,
  subtractOuterRows,
} from './eigen-chase';
export {
  groupsOfSlabs,
  groupsOfVectors,
  mirror,
  multiplyPacked,
  multiplyTile,
  packColumns,
  packRows,
  subtractRows,
} from './eigen-products';
export { endOfBlock, sweep } from './eigen-ql';
export { closeTeam, help, openTeam, teamBytes } from './eigen-team';
export {
  reflector,
  updateAndMultiply,
  updateAndMultiplyRow,
  updateAndMultiplyRows,
  updateRow,
} from './eigen-tridiagonal';
export { dot, scale } from './eigen-vectors';

const DONE: i32 = 0;
const NOT_FINITE: i32 = 1;
const NOT_CONVERGED: i32 = 2;

/**
 * Bytes from a row of the matrix to the next: room for two numbers more, on a multiple of a cache line, but not of a large power of two, so
 * that neighbouring rows do not share cache sets.
 */
export function rowBytes(order: usize): usize {
  const lines = (order + 2 + 7) >> 3;
  return (lines | 1) << 6;
}

/** The order, filled up with zero rows to a multiple of BAND. */
function wholeBands(order: usize): usize {
  return ((order + BAND - 1) / BAND) * BAND;
}

/** Bytes that `eigenvalues` needs; a float64, as 32 bits would overflow before memory does. */
export function workBytes(order: usize, stages: i32): f64 {
  const bytes = rowBytes(order);
  const rows = stages === 1 ? order : wholeBands(order);
  const work: usize = stages === 1 ? 4 * bytes : max(bandWorkBytes(bytes, rows), chaseWorkBytes(order));
  return <f64>bytes * <f64>(rows + 2) + <f64>work;
}

/**
 * Eigenvalues of the symmetric matrix whose lower triangle is at `a`, row i at a + i * rowBytes(order), in `workBytes(order, stages)`
 * bytes of memory. They are written to `a`, unsorted. Returns 0; 1 where an entry is not finite; 2 where the
 * iteration did not converge. Threads that help the team at `team` (0 for none) share the work where it is worth it.
 *
 * In one stage the matrix is read once a row; two stages, by way of a band, take more work and less memory traffic.
 */
export function eigenvalues(a: usize, order: usize, stages: i32, team: usize): i32 {
  lead(team);
  const bytes = rowBytes(order);
  const largest = largestMagnitude(a, bytes, order);
  if (!(largest < Infinity)) return NOT_FINITE;
  const unit = largest === 0 ? 1 : powerOfTwoBelow(largest);
  divideRows(a, bytes, order, unit);

  const rows = stages === 1 ? order : wholeBands(order);
  const diagonal = a + bytes * rows;
  const offDiagonal = diagonal + bytes;
  const work = offDiagonal + bytes;
  if (stages === 1) {
    tridiagonalise(a, bytes, order, diagonal, offDiagonal, work, bytes);
  } else {
    memory.fill(a + bytes * order, 0, bytes * (rows - order));
    reduceToBand(a, bytes, rows, work);
    chaseBulges(a, bytes, order, diagonal, offDiagonal, work);
  }
  if (!rootFreeQl(diagonal, offDiagonal, order)) return NOT_CONVERGED;
  for (let i: usize = 0; i < order; i++) store<f64>(a + (i << 3), get(diagonal, i) * unit);
  return DONE;
}

/** Of the lower triangle; NaN if there is one. */
function largestMagnitude(a: usize, bytes: usize, order: usize): f64 {
  let largest: f64 = 0;
  for (let i: usize = 0; i < order; i++, a += bytes) largest = max(largest, largestOfRow(a, i + 1));
  return largest;
}

export function largestOfRow(row: usize, length: usize): f64 {
  let pair = f64x2.splat(0);
  const pairs = row + ((length & ~1) << 3);
  for (; row < pairs; row += 16) pair = f64x2.max(pair, f64x2.abs(v128.load(row)));
  const largest = max(f64x2.extract_lane(pair, 0), f64x2.extract_lane(pair, 1));
  return length & 1 ? max(largest, abs(load<f64>(row))) : largest;
}

/** A power of two within a factor of two of x, so that dividing by it loses no digit. */
function powerOfTwoBelow(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  const exponent = bits & 0x7ff0000000000000;
  return reinterpret<f64>(exponent !== 0 ? exponent : (<u64>1) << (63 - clz(bits)));
}

function divideRows(a: usize, bytes: usize, order: usize, divisor: f64): void {
  for (let i: usize = 0; i < order; i++, a += bytes) divideRow(a, i + 1, divisor);
}

export function divideRow(row: usize, length: usize, divisor: f64): void {
  const divisors = f64x2.splat(divisor);
  const end = row + (length << 3);
  for (; row < end; row += 16) v128.store(row, f64x2.div(v128.load(row), divisors));
}
