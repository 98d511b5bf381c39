// The kinds of tasks that threads share.

import { backFactorTask, backStripeTask } from './eigen-back';
import { factorTask, productTask, updateTask, vectorsTask } from './eigen-band';
import { chaseTask } from './eigen-chase';
import { partTask } from './eigen-divide';
import { componentsTask, gatherTask, productOfHalfTask, rootsTask, vectorsOfRootsTask } from './eigen-merge';
import { panelGroupsTask, panelProductTask, panelUpdateTask } from './eigen-panels';

export const BAND_VECTORS: i32 = 0;
export const BAND_PRODUCT: i32 = 1;
export const BAND_FACTOR: i32 = 2;
export const BAND_UPDATE: i32 = 3;
export const CHASE: i32 = 4;
export const PANEL_PRODUCT: i32 = 5;
export const DIVIDE_PART: i32 = 6;
export const MERGE_GATHER: i32 = 7;
export const MERGE_ROOTS: i32 = 8;
export const MERGE_COMPONENTS: i32 = 9;
export const MERGE_VECTORS: i32 = 10;
export const MERGE_PRODUCT: i32 = 11;
export const BACK_FACTOR: i32 = 12;
export const BACK_STRIPE: i32 = 13;
export const PANEL_GROUPS: i32 = 14;
export const PANEL_UPDATE: i32 = 15;

/** Task number `task` of a kind; `context` is the address of what it works on. */
export function runTask(kind: i32, task: usize, context: usize): void {
  if (kind === PANEL_PRODUCT) panelProductTask(context, task);
  else if (kind === CHASE) chaseTask(context, task);
  else if (kind === BAND_VECTORS) vectorsTask(context, task);
  else if (kind === BAND_PRODUCT) productTask(context, task);
  else if (kind === BAND_FACTOR) factorTask(context, task);
  else if (kind === BAND_UPDATE) updateTask(context, task);
  else if (kind === DIVIDE_PART) partTask(context, task);
  else if (kind === MERGE_GATHER) gatherTask(context, task);
  else if (kind === MERGE_ROOTS) rootsTask(context, task);
  else if (kind === MERGE_COMPONENTS) componentsTask(context, task);
  else if (kind === MERGE_VECTORS) vectorsOfRootsTask(context, task);
  else if (kind === MERGE_PRODUCT) productOfHalfTask(context, task);
  else if (kind === BACK_FACTOR) backFactorTask(context, task);
  else if (kind === BACK_STRIPE) backStripeTask(context, task);
  else if (kind === PANEL_GROUPS) panelGroupsTask(context, task);
  else if (kind === PANEL_UPDATE) panelUpdateTask(context, task);
}
