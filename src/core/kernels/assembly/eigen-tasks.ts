// The kinds of tasks that threads share.

import { factorTask, productTask, updateTask, vectorsTask } from './eigen-band';
import { chaseTask } from './eigen-chase';

export const BAND_VECTORS: i32 = 0;
export const BAND_PRODUCT: i32 = 1;
export const BAND_FACTOR: i32 = 2;
export const BAND_UPDATE: i32 = 3;
export const CHASE: i32 = 4;

/** Task number `task` of a kind; `context` is the address of what it works on. */
export function runTask(kind: i32, task: usize, context: usize): void {
  if (kind === BAND_VECTORS) vectorsTask(context, task);
  else if (kind === BAND_PRODUCT) productTask(context, task);
  else if (kind === BAND_FACTOR) factorTask(context, task);
  else if (kind === BAND_UPDATE) updateTask(context, task);
  else if (kind === CHASE) chaseTask(context, task);
}
