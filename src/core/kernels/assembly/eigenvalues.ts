// Eigenvalues and eigenvectors of a symmetric float64 matrix. AssemblyScript; `npm run kernels` compiles it.
//
// Functions with hot inner loops are exported, though nobody outside calls them: what is exported is not inlined into its only
// caller, and V8 replaces slow code by fast code from one call of a function to the next, not within a loop.

import { backWorkBytes, factorsBytes, prepareBack, stripesBytes, transformBack } from './eigen-back';
import { bandWorkBytes, reduceToBand } from './eigen-band';
import { chaseBulges, chaseWorkBytes } from './eigen-chase';
import { divideAndConquer, divideWorkBytes, groupsBytes, prepareDivision } from './eigen-divide';
import { panelsWorkBytes, reducePanels } from './eigen-panels';
import { BAND } from './eigen-products';
import { rootFreeQl } from './eigen-ql';
import { lead } from './eigen-team';
import { tridiagonalise } from './eigen-tridiagonal';
import { get, set } from './eigen-vectors';

export { applyBlock, backFactorTask, backStripeTask, multiplyFactor, writeColumns } from './eigen-back';
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
export { partTask } from './eigen-divide';
export { diagonaliseLeaf, rotateRows } from './eigen-leaf';
export {
  componentsTask,
  copyToSlabs,
  gatherTask,
  productOfHalfTask,
  rootsTask,
  vectorsOfRootsTask,
} from './eigen-merge';
export {
  addMultiple,
  addMultiples,
  multiplyFourRows,
  panelGroupsTask,
  panelProductTask,
  panelUpdateTask,
} from './eigen-panels';
export {
  groupsOfSlabs,
  groupsOfVectors,
  mirror,
  multiplyPacked,
  multiplyTile,
  multiplyTileTo,
  packColumns,
  packRows,
  subtractRows,
} from './eigen-products';
export { endOfBlock, sweep } from './eigen-ql';
export { componentsOf, secularRoot, sumOfPoles, vectorsOfGroup } from './eigen-secular';
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
  const unit = normalise(a, bytes, order);
  if (unit === 0) return NOT_FINITE;

  const rows = stages === 1 ? order : wholeBands(order);
  const diagonal = a + bytes * rows;
  const offDiagonal = diagonal + bytes;
  const work = offDiagonal + bytes;
  if (stages === 1) {
    tridiagonalise(a, bytes, order, diagonal, offDiagonal, 0, work, bytes);
  } else {
    memory.fill(a + bytes * order, 0, bytes * (rows - order));
    reduceToBand(a, bytes, rows, work);
    chaseBulges(a, bytes, order, diagonal, offDiagonal, work);
  }
  if (!rootFreeQl(diagonal, offDiagonal, order)) return NOT_CONVERGED;
  for (let i: usize = 0; i < order; i++) store<f64>(a + (i << 3), get(diagonal, i) * unit);
  return DONE;
}

/** Rows and columns that caches hold: beyond, reflections are put together in panels. */
const CACHED: usize = 640;

/** Bytes of a matrix of eigenvectors as rows, and of one row more. */
function vectorsRowBytes(order: usize): usize {
  return rowBytes(order + 2);
}

function slabsBytes(order: usize): usize {
  return (max(groupsBytes(order), factorsBytes(order)) + 63) & ~63;
}

function secularBytes(order: usize): usize {
  return (max(groupsBytes(order), stripesBytes(order)) + 63) & ~63;
}

/** Bytes that `eigenvectors` needs. */
export function vectorsWorkBytes(order: usize): f64 {
  const bytes = rowBytes(order);
  return (
    <f64>bytes * <f64>(order + 3) +
    <f64>panelsWorkBytes(bytes, order) +
    <f64>vectorsRowBytes(order) * <f64>(order + 1) +
    <f64>slabsBytes(order) +
    <f64>secularBytes(order) +
    <f64>divideWorkBytes(order) +
    <f64>backWorkBytes(order)
  );
}

/**
 * Eigenvalues and eigenvectors of the symmetric matrix whose lower triangle is at `a`, as `eigenvalues` takes it, in
 * `vectorsWorkBytes(order)` bytes of memory. Column j of the order x order matrix that is written to `a` is the unit eigenvector of the
 * j-th largest value; the values, falling, follow it. Returns what `eigenvalues` does.
 *
 * To tridiagonal form in one stage; divide and conquer; and back, with products of matrices.
 */
export function eigenvectors(a: usize, order: usize, team: usize): i32 {
  lead(team);
  const bytes = rowBytes(order);
  const unit = normalise(a, bytes, order);
  if (unit === 0) return NOT_FINITE;

  const diagonal = a + bytes * order;
  const offDiagonal = diagonal + bytes;
  const taus = offDiagonal + bytes;
  const reduction = taus + bytes;
  const rows = reduction + panelsWorkBytes(bytes, order);
  const slabs = rows + vectorsRowBytes(order) * (order + 1);
  const secular = slabs + slabsBytes(order);
  const work = secular + secularBytes(order);
  const rest = reducePanels(a, bytes, order, CACHED, diagonal, offDiagonal, taus, reduction, bytes);
  tridiagonalise(a, bytes, rest, diagonal, offDiagonal, taus, reduction, bytes);

  const division = prepareDivision(work, order);
  division.diagonal = diagonal;
  division.offDiagonal = offDiagonal;
  division.rows = rows;
  division.rowBytes = vectorsRowBytes(order);
  division.slabs = slabs;
  division.secular = secular;
  if (!divideAndConquer(division)) return NOT_CONVERGED;

  const back = prepareBack(work + divideWorkBytes(order));
  back.order = order;
  back.reflections = a;
  back.reflectionBytes = bytes;
  back.taus = taus;
  back.rows = rows;
  back.rowBytes = vectorsRowBytes(order);
  back.sorted = division.sorted;
  back.factors = slabs;
  back.slabs = secular;
  back.to = a;
  transformBack(back);

  const values = a + ((order * order) << 3);
  for (let i: usize = 0; i < order; i++) {
    const row = load<u32>(division.sorted + ((order - 1 - i) << 2));
    set(values, i, get(diagonal, row) * unit);
  }
  return DONE;
}

/** Divides the lower triangle by a power of two near its largest entry, which is returned; 0 if one is not finite. */
function normalise(a: usize, bytes: usize, order: usize): f64 {
  const largest = largestMagnitude(a, bytes, order);
  if (!(largest < Infinity)) return 0;
  const unit = largest === 0 ? 1 : powerOfTwoBelow(largest);
  divideRows(a, bytes, order, unit);
  return unit;
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
