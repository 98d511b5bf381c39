import { existsSync } from 'node:fs';
import { platform } from 'node:os';

/** What the driver of NVIDIA's GPUs leaves to be seen on Linux, and in Windows's Linux. */
const TRACES = ['/dev/nvidiactl', '/proc/driver/nvidia/version', '/dev/dxg'];

/** Whether a GPU that CUDA serves may be there: a look that costs nothing, where loading an engine to see takes seconds. */
export function mayHaveCudaGpu(): boolean {
  if (platform() === 'linux') return TRACES.some((path) => existsSync(path));
  return platform() === 'win32';
}
