import { describe } from 'vitest';
import { tensorflowEngine } from '../../src/engines/tensorflow/engine.js';

const missing = await tensorflowEngine.missing();
if (missing !== undefined && process.env.DELVE_REQUIRE_TENSORFLOW) throw new Error(missing);
if (missing !== undefined) console.log('skipped: no tensorflow engine');

/** Tests that run the real engine, where there is one; `DELVE_REQUIRE_TENSORFLOW` makes it an error that there is none. */
export function withTensorflow(name: string, tests: () => void): void {
  if (missing === undefined) describe(name, tests);
  else describe.skip(`${name} (skipped: no tensorflow engine)`, tests);
}
