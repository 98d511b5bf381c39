import { arch, platform } from 'node:os';
import type { EngineName } from '../engines/engine.js';
import { findOnnx, ONNX_PACKAGE } from '../engines/onnx/installation.js';
import { whyNoGpu } from '../engines/tensorflow/engine.js';
import { findTensorflow } from '../engines/tensorflow/installation.js';
import { TensorflowProcess } from '../engines/tensorflow/tensorflow-process.js';
import { runProgram } from '../setup/programs.js';
import { VERSION } from '../version.js';
import { probeProvider } from './probe-provider.js';

/** What is installed here, and what it sees. */
export interface Diagnosis {
  delve: string;
  node: string;
  platform: string;
  /** GPUs that NVIDIA's own tool lists. */
  gpus: { name: string; driver: string; memory: string }[];
  engines: EngineDiagnosis[];
}

export interface EngineDiagnosis {
  name: EngineName;
  installed: boolean;
  /** Of the library that computes. */
  version: string | undefined;
  folder: string | undefined;
  /** Whether it was set up by `delve setup`, rather than installed with delve. */
  isOwn: boolean;
  /** What is wrong with it, or why it is not there. */
  problem: string | undefined;
  devices: DeviceDiagnosis[];
  /** The command that brings what is missing. */
  command: string | undefined;
}

export interface DeviceDiagnosis {
  device: string;
  works: boolean;
  /** Why it does not. */
  reason: string | undefined;
  /** The command that brings it. */
  command: string | undefined;
}

const SETUP_ONNX = 'delve setup onnx';

export async function diagnose(): Promise<Diagnosis> {
  return {
    delve: VERSION,
    node: process.versions.node,
    platform: `${platform()} ${arch()}`,
    gpus: await nvidiaGpus(),
    engines: [await onnxDiagnosis(), await tensorflowDiagnosis()],
  };
}

async function onnxDiagnosis(): Promise<EngineDiagnosis> {
  const found = findOnnx();
  const installation = found.find(({ cuda }) => cuda) ?? found[0];
  const name = 'onnx' as const;
  if (!installation) {
    const problem = `there is no ${ONNX_PACKAGE}`;
    return {
      name,
      installed: false,
      version: undefined,
      folder: undefined,
      isOwn: false,
      problem,
      devices: [],
      command: SETUP_ONNX,
    };
  }
  const { version, folder, isOwn, cuda } = installation;
  const problem = await probeProvider(installation, 'cpu');
  if (problem !== undefined) {
    return { name, installed: false, version, folder, isOwn, problem, devices: [], command: SETUP_ONNX };
  }
  const webgpu = await probeProvider(installation, 'webgpu');
  const noCuda = cuda ? await probeProvider(installation, 'cuda') : 'not set up';
  const devices = [
    works('CPU'),
    webgpu === undefined ? works('GPU (WebGPU)') : fails('GPU (WebGPU)', webgpu),
    noCuda === undefined
      ? works('GPU (CUDA)')
      : fails('GPU (CUDA)', noCuda, cuda ? undefined : `${SETUP_ONNX} --cuda`),
  ];
  return { name, installed: true, version, folder, isOwn, problem: undefined, devices, command: undefined };
}

async function tensorflowDiagnosis(): Promise<EngineDiagnosis> {
  const found = findTensorflow();
  const none = {
    name: 'tensorflow' as const,
    installed: false,
    version: undefined,
    devices: [],
    command: 'delve setup tensorflow',
  };
  if (found.folder === undefined) {
    return { ...none, folder: undefined, isOwn: false, problem: found.missing };
  }
  const { folder, isOwn } = found;
  const tensorflow = new TensorflowProcess({ folder, threads: 1, device: 'auto' });
  try {
    const { answer } = await tensorflow.ask('start', {});
    const gpu = answer.gpu ? works('GPU (CUDA)') : fails('GPU (CUDA)', whyNoGpu(tensorflow.log));
    return {
      name: 'tensorflow',
      installed: true,
      version: answer.library,
      folder,
      isOwn,
      problem: undefined,
      devices: [works('CPU'), gpu],
      command: undefined,
    };
  } catch (error) {
    return { ...none, folder, isOwn, problem: firstLine(error) };
  } finally {
    await tensorflow.close();
  }
}

function works(device: string): DeviceDiagnosis {
  return { device, works: true, reason: undefined, command: undefined };
}

function fails(device: string, reason: string, command?: string): DeviceDiagnosis {
  return { device, works: false, reason, command };
}

async function nvidiaGpus(): Promise<Diagnosis['gpus']> {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
  const listed = await runProgram('nvidia-smi', query).catch(() => undefined);
  if (listed?.code !== 0) return [];
  return listed.stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', driver = '', memory = ''] = line.split(',').map((part) => part.trim());
      return { name, driver, memory };
    });
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0]!;
}
