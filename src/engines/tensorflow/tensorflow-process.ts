import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Answers, Asks, FedArray } from './binding.js';
import { readFrames, writeFrame } from './frames.mjs';

export interface TensorflowProcessOptions {
  /** The folder of the package tfjs-node-gpu. */
  folder: string;
  threads: number;
  device: 'auto' | 'gpu' | 'cpu';
}

/** An error that TensorFlow told of, or its end. */
export class TensorflowError extends Error {
  override name = 'TensorflowError';

  /** Whether the device's memory was too small. */
  get isOutOfMemory(): boolean {
    return /\bOOM\b|RESOURCE_EXHAUSTED|resource exhausted|out of memory/i.test(this.message);
  }
}

/** Of what the process writes to stderr, so many lines are kept. */
const KEPT_LINES = 40;

interface Answered {
  header: Record<string, unknown>;
  arrays: FedArray[];
}

/** TensorFlow in a process of its own, which does one thing after another. */
export class TensorflowProcess {
  readonly #child: ChildProcess;
  readonly #asks: Socket;
  readonly #waiting: { resolve(answered: Answered): void; reject(error: Error): void }[] = [];
  readonly #log: string[] = [];
  #ended: Error | undefined;

  constructor({ folder, threads, device }: TensorflowProcessOptions) {
    const script = fileURLToPath(new URL('./child.mjs', import.meta.url));
    this.#child = spawn(process.execPath, [script, folder], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment(threads, device) },
    });
    this.#asks = socketOf(this.#child, 3);
    this.#child.stderr?.on('data', (text: Buffer) => this.#note(text.toString('utf8')));
    readFrames(socketOf(this.#child, 4), (answered) => this.#waiting.shift()?.resolve(answered));
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.on('close', (code, signal) => this.#end(`it ended (${signal ?? `exit code ${code}`})`));
    // What is asked of a process that is ending is told by its end.
    for (const stream of this.#child.stdio) stream?.on('error', () => {});
    this.#hold(false);
  }

  /** The process's number, for those who measure it. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lines that TensorFlow wrote. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Asks for something, which is done after what was asked before. @throws TensorflowError */
  async ask<A extends keyof Asks>(
    what: A,
    ask: Asks[A],
    arrays: readonly FedArray[] = [],
  ): Promise<{ answer: Answers[A]; arrays: FedArray[] }> {
    if (this.#ended) throw this.#ended;
    const answered = new Promise<Answered>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#hold(true);
    writeFrame(this.#asks, { ...ask, ask: what }, arrays);
    try {
      const { header, arrays: results } = await answered;
      if (typeof header.error === 'string') throw new TensorflowError(header.error);
      return { answer: header as Answers[A], arrays: results };
    } finally {
      if (this.#waiting.length === 0) this.#hold(false);
    }
  }

  /** Ends it, whatever it does. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await closed;
  }

  #note(text: string): void {
    this.#log.push(...text.split('\n').filter((line) => line.trim() !== ''));
    this.#log.splice(0, this.#log.length - KEPT_LINES);
  }

  #end(how: string): void {
    const last = this.#log.at(-1);
    this.#ended ??= new TensorflowError(`${how}${last === undefined ? '' : `; its last line: ${last}`}`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }

  /** While nothing is asked of it, it does not keep the parent alive. */
  #hold(alive: boolean): void {
    const call = alive ? 'ref' : 'unref';
    this.#child[call]();
    for (const stream of this.#child.stdio) if (stream instanceof Socket) stream[call]();
  }
}

function socketOf(child: ChildProcess, fd: number): Socket {
  const stream = child.stdio[fd];
  if (!(stream instanceof Socket)) throw new Error(`there is no pipe ${fd} to the process`);
  return stream;
}

/** What TensorFlow is told by its environment: threads, and that a GPU's memory is taken as it is needed. */
function environment(threads: number, device: TensorflowProcessOptions['device']): Record<string, string> {
  return {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    ...(device === 'cpu' && { CUDA_VISIBLE_DEVICES: '-1' }),
  };
}
