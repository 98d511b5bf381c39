import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import type * as ort from 'onnxruntime-common';
import { findOnnx, ONNX_PACKAGE, type OnnxInstallation } from './installation.js';

/** onnxruntime, loaded. */
export interface OnnxRuntime {
  ort: typeof ort;
  installation: OnnxInstallation;
}

let loaded: OnnxRuntime | undefined;

/**
 * Loads onnxruntime, once: a process can hold one copy of its library, and the first that is asked for is the one.
 *
 * @param cuda rather the copy that CUDA's provider was set up for
 * @throws Error where there is none, or its library does not load
 */
export function loadRuntime(cuda = false): OnnxRuntime {
  if (loaded) return loaded;
  const found = findOnnx();
  const installation = (cuda ? found.find((each) => each.cuda) : undefined) ?? found[0];
  if (!installation) throw new Error(`there is no package ${ONNX_PACKAGE}`);
  if (cuda) for (const failure of preload(installation.cuda ?? [])) throw new Error(failure);
  loaded = {
    ort: createRequire(join(installation.folder, 'package.json'))(installation.folder),
    installation,
  };
  return loaded;
}

/** glibc's RTLD_NODELETE, which Node has no name for. */
const KEEP = 0x1000;

/**
 * Loads libraries into the process for others to find, which then need not look for them in LD_LIBRARY_PATH. Node takes them for
 * addons that do not register, but they stay.
 * @returns what the system said of those that do not load
 */
function preload(libraries: readonly string[]): string[] {
  let left = [...libraries];
  for (;;) {
    const failures: string[] = [];
    const failed = left.filter((library) => {
      const failure = failureOf(library);
      if (failure !== undefined) failures.push(failure);
      return failure !== undefined;
    });
    // Those that others need may come later in the list.
    if (failed.length === 0 || failed.length === left.length) return failures;
    left = failed;
  }
}

function failureOf(library: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | KEEP);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return message.includes('did not self-register') ? undefined : message;
  }
}
