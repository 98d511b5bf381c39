/** What assembly/eigenvalues.ts exports for its callers; addresses and distances are in bytes. */
export interface EigenvaluesKernel {
  /** From a row of a matrix of dimension d to the next. */
  rowBytes(d: number): number;
  /** What a matrix and the work on it take. */
  workBytes(d: number, stages: Stages): number;
  /**
   * Replaces the matrix whose lower triangle starts at `address` by its eigenvalues, unsorted, with the helpers of a team, or alone
   * where that is 0.
   */
  eigenvalues(address: number, d: number, stages: Stages, team: number): EigenvaluesStatus;
  /** What a matrix and the work on its eigenvectors take. */
  vectorsWorkBytes(d: number): number;
  /**
   * The same for eigenvectors: they become the columns of a d x d matrix at `address`, without gaps, by falling value, and the values
   * follow it.
   */
  eigenvectors(address: number, d: number, team: number): EigenvaluesStatus;
  /** What a team takes, all zero before it is first opened. */
  teamBytes(): number;
  openTeam(team: number): void;
  /** Lets its helpers return. */
  closeTeam(team: number): void;
  /** Shares the work of whoever leads the team, until it is closed. */
  help(team: number): void;
}

/** To tridiagonal form directly, or by way of a band. */
export type Stages = 1 | 2;

/** From this dimension on a matrix is more than caches hold, and two stages are faster. */
const WIDE = 1024;

export function stagesFor(d: number): Stages {
  return d < WIDE ? 1 : 2;
}

/** Whether several threads share the work on one matrix, if there is nothing else for them to do. */
export function isShared(d: number, withVectors: boolean): boolean {
  return withVectors ? d >= 384 : stagesFor(d) === 2;
}

/** Done; an entry is not finite; the iteration did not converge. */
export type EigenvaluesStatus = 0 | 1 | 2;
