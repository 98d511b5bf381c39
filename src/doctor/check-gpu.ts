import type { EngineName, RunningEngine } from '../engines/engine.js';
import { onnxEngine } from '../engines/onnx/engine.js';
import { engineOf } from '../engines/registry.js';
import { UserError } from '../errors.js';
import { compareEngines, type EngineDifference } from './compare-engines.js';

/** How an engine did on a GPU. */
export interface GpuCheck {
  engine: EngineName;
  version: string;
  device: string;
  difference: EngineDifference;
  /** The same engine on the CPU. */
  cpuSamplesPerSecond: number;
}

/** An engine that no GPU could be had with, and why. */
export interface GpuAbsence {
  engine: EngineName;
  reason: string;
}

/**
 * Runs a small network on the GPU with every engine that sees one, and compares what comes out with the CPU: activations, covariances,
 * samples a second.
 */
export async function checkGpus(threads: number): Promise<{ checks: GpuCheck[]; absences: GpuAbsence[] }> {
  const reference = await onnxEngine.start({ threads, device: 'cpu' });
  const checks: GpuCheck[] = [];
  const absences: GpuAbsence[] = [];
  for (const name of ['onnx', 'tensorflow'] as const) {
    const engine = await engineOf(name);
    const missing = await engine.missing();
    if (missing !== undefined) {
      absences.push({ engine: name, reason: missing });
      continue;
    }
    try {
      const gpu = await engine.start({ threads, device: 'gpu' });
      const cpu = await engine.start({ threads, device: 'cpu' });
      try {
        checks.push(await checkGpu(gpu, cpu, reference));
      } finally {
        await gpu.close();
        await cpu.close();
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      absences.push({ engine: name, reason: error.message.replace(/^--device gpu: /, '') });
    }
  }
  return { checks, absences };
}

async function checkGpu(gpu: RunningEngine, cpu: RunningEngine, reference: RunningEngine): Promise<GpuCheck> {
  const difference = await compareEngines(gpu, reference);
  const { samplesPerSecond } = await compareEngines(cpu, reference);
  const { name: engine, version, device } = gpu;
  return { engine, version, device, difference, cpuSamplesPerSecond: samplesPerSecond };
}
