import { bashCompletion } from './bash.js';
import type { CommandDescription } from './describe.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

/** Completion scripts by shell. */
export const SHELLS: Readonly<Record<string, (commands: readonly CommandDescription[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
