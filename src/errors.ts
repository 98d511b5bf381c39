/** Exit codes of the command: what a calling script can rely on. */
export const EXIT = { done: 0, gate: 1, usage: 2, bug: 70, interrupted: 130 } as const;

/**
 * Something that the user can put right: says which file, layer or option, what was found there, and what
 * to do. Shown as one sentence, without a stack, with exit code 2. Everything else that is thrown is a bug.
 */
export class UserError extends Error {
  override name = 'UserError';
}

/** The user asked to stop (Ctrl-C): exit code 130, nothing half-written. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** A gate (`--fail-if`) holds: exit code 1. What it found has been told already. */
export class GateFailed extends Error {
  override name = 'GateFailed';
}
