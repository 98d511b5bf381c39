import type { PythonSearch } from './pythons.js';

/** How an engine is set up. */
export interface SetupOptions extends PythonSearch {
  /** Tells what is being done. */
  step(what: string): void;
}
