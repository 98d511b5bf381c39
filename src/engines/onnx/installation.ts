import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ownEngineFolder } from '../engine-folder.js';

export const ONNX_PACKAGE = 'onnxruntime-node';

/** What `delve setup onnx --cuda` leaves beside the package: libraries that CUDA's provider needs, each after those that it needs itself. */
export const CUDA_LIBRARIES = 'cuda-libraries.json';

export interface OnnxInstallation {
  /** The package's folder. */
  folder: string;
  version: string;
  /** Whether it is the user's folder of engines, rather than where npm installed delve. */
  isOwn: boolean;
  /** CUDA's libraries where its provider was set up. */
  cuda: string[] | undefined;
}

/** The installations that there are: beside delve, as npm installs it, then in the user's folder of engines. */
export function findOnnx(): OnnxInstallation[] {
  const own = ownEngineFolder('onnx');
  return [
    ...installationFrom(import.meta.url, undefined),
    ...(own === undefined ? [] : installationFrom(join(own, 'package.json'), own)),
  ];
}

function installationFrom(start: string, own: string | undefined): OnnxInstallation[] {
  try {
    const file = createRequire(start).resolve(`${ONNX_PACKAGE}/package.json`);
    const folder = dirname(file);
    if (own !== undefined && !folder.startsWith(own)) return [];
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    return [
      { folder, version, isOwn: own !== undefined, cuda: own === undefined ? undefined : cudaLibraries(own) },
    ];
  } catch {
    return [];
  }
}

function cudaLibraries(own: string): string[] | undefined {
  const file = join(own, CUDA_LIBRARIES);
  if (!existsSync(file)) return undefined;
  const libraries: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return Array.isArray(libraries) ? libraries.map(String) : undefined;
}
