import type { ChalkInstance } from 'chalk';

/** Colours a saturation: hardly used, used, all used. */
export function paintShare(text: string, share: number, paint: ChalkInstance): string {
  return share < 0.1 ? paint.blue(text) : share > 0.9 ? paint.red(text) : paint.green(text);
}
