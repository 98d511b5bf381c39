import { type Dirent, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { takeBack } from './moves.js';

/**
 * Clears away what processes that were killed left in `folder` while they wrote `name` there: files `.NAME.tmp-PID`, and folders
 * of that name, whose moves are undone first, so that what such a process had put away is back in its place.
 */
export function removeLeftovers(folder: string, name: string): void {
  const start = `.${name}.tmp-`;
  for (const entry of listed(folder)) {
    if (!entry.name.startsWith(start)) continue;
    const owner = entry.name.slice(start.length);
    if (!/^\d{1,10}$/.test(owner) || isOther(Number(owner))) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) takeBack(folder, path);
    rmSync(path, { recursive: true, force: true });
  }
}

/** A folder that may be written in need not be one that may be read. */
function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Whether another process of that number runs. Ours has begun nothing yet, so that its number is an earlier one's. */
function isOther(owner: number): boolean {
  if (owner === pid) return false;
  try {
    kill(owner, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
