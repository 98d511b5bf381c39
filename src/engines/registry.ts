import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Engine } from './engine.js';

/** The engines by name, each loaded only when it is asked for. */
const ENGINES: Readonly<Record<string, () => Promise<Engine>>> = {
  onnx: async () => (await import('./onnx.js')).onnxEngine,
};

export function engineNames(): string[] {
  return ['auto', ...Object.keys(ENGINES)];
}

/**
 * The engine of that name; `auto` is the first that can be used here. Throws UserError for an unknown one, or one
 * that is not installed.
 */
export async function chooseEngine(name: string): Promise<Engine> {
  const wanted = name === 'auto' ? Object.keys(ENGINES) : [name];
  const reasons: string[] = [];
  for (const candidate of wanted) {
    const load = ENGINES[candidate];
    if (!load) throw new UserError(`--engine ${name}: ${nearest(name, engineNames(), 'engine')}`);
    const engine = await load();
    const missing = await engine.missing();
    if (missing === undefined) return engine;
    reasons.push(missing);
  }
  throw new UserError(reasons.join('; '));
}
