import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ownEngineFolder } from '../engine-folder.js';

export const TENSORFLOW_PACKAGE = '@tensorflow/tfjs-node-gpu';

/** Where the engine is, or why it is nowhere. */
export type TensorflowInstallation =
  | {
      folder: string;
      /** Whether it is in the user's folder of engines, rather than where npm installed delve. */
      isOwn: boolean;
      missing?: undefined;
    }
  | { folder?: undefined; missing: string };

/** Looks beside delve, as npm installs it, then in the user's folder of engines. */
export function findTensorflow(): TensorflowInstallation {
  let missing = `there is no ${TENSORFLOW_PACKAGE}`;
  const own = ownEngineFolder('tensorflow');
  for (const start of [import.meta.url, ...(own === undefined ? [] : [join(own, 'package.json')])]) {
    const folder = packageFolder(start);
    if (folder === undefined) continue;
    if (hasBinding(folder)) return { folder, isOwn: start !== import.meta.url };
    missing = `${folder} has no binding built`;
  }
  return { missing };
}

function packageFolder(start: string): string | undefined {
  try {
    return dirname(createRequire(start).resolve(`${TENSORFLOW_PACKAGE}/package.json`));
  } catch {
    return undefined;
  }
}

function hasBinding(folder: string): boolean {
  try {
    const file = join(folder, 'package.json');
    return existsSync(createRequire(file)('@mapbox/node-pre-gyp').find(file));
  } catch {
    return false;
  }
}
