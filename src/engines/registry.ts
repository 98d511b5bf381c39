import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Engine, EngineName } from './engine.js';

/** The engines by name, each loaded only when it is asked for. */
const ENGINES: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  onnx: async () => (await import('./onnx/engine.js')).onnxEngine,
  tensorflow: async () => (await import('./tensorflow/engine.js')).tensorflowEngine,
};

export function engineNames(): EngineName[] {
  return Object.keys(ENGINES).filter(isEngineName);
}

function isEngineName(name: string): name is EngineName {
  return name in ENGINES;
}

/** What `--engine` takes. */
export function engineChoices(): string[] {
  return ['auto', ...engineNames()];
}

/** The engine of that name, whether it can be used or not. Throws UserError for an unknown one. */
export async function engineOf(name: string): Promise<Engine> {
  if (!isEngineName(name)) {
    throw new UserError(`--engine ${name}: ${nearest(name, engineChoices(), 'engine')}`);
  }
  return ENGINES[name]();
}
