import { availableParallelism } from 'node:os';
import { compareEngines, isWithin } from '../doctor/compare-engines.js';
import { engineFolder } from '../engines/engine-folder.js';
import { onnxEngine } from '../engines/onnx/engine.js';
import { engineOf } from '../engines/registry.js';
import { GateFailed, UserError } from '../errors.js';
import { fromHost, type Host } from '../host.js';
import { setUpOnnx } from '../setup/onnx.js';
import type { SetupOptions } from '../setup/options.js';
import { setUpTensorflow } from '../setup/tensorflow.js';
import { terminal } from '../ui/terminal.js';
import { interruptibly } from './interruptibly.js';
import type { SetupEngine, SetupFlags } from './setup.js';

/** Brings an engine, telling the steps on stderr and what came of it on stdout. */
export async function runSetup(engine: SetupEngine, flags: SetupFlags, host: Host): Promise<void> {
  if (flags.cuda && engine !== 'onnx')
    throw new UserError('--cuda is for the engine onnx alone; leave it out');
  const target = engineFolder(engine, host.env);
  if (target === undefined) {
    throw new UserError(
      'there is no folder for engines: the environment has no HOME; say where with DELVE_HOME',
    );
  }
  const { paint } = terminal(host.stderr, host.env);
  const say = (line: string) => {
    if (!flags.quiet) host.stdout.write(`${line}\n`);
  };
  await interruptibly(host, async (signal) => {
    const options: SetupOptions = {
      python: flags.python?.includes('/') ? fromHost(host, flags.python) : flags.python,
      env: host.env,
      signal,
      step: (what) => {
        if (!flags.quiet) host.stderr.write(`${paint.dim(what)}\n`);
      },
    };
    if (engine === 'tensorflow') say(await tensorflow(target, options, flags));
    else say(await onnx(target, options, flags));
  });
  if (flags.check) await check(engine, say);
}

async function tensorflow(
  target: string,
  options: SetupOptions,
  { force, python }: SetupFlags,
): Promise<string> {
  const engine = await engineOf('tensorflow');
  if (!force && python === undefined && (await engine.missing()) === undefined) {
    return 'tensorflow is set up already; --force, or --python, sets it up anew';
  }
  const { version, isGpu, folder } = await setUpTensorflow(target, options);
  return `tensorflow ${version} is set up in ${folder}; it sees ${isGpu ? 'a GPU' : 'no GPU'}`;
}

async function onnx(target: string, options: SetupOptions, { cuda, force }: SetupFlags): Promise<string> {
  const done = await setUpOnnx(target, { ...options, cuda: cuda === true, force: force === true });
  if (!done) return 'onnx is installed with delve, and works; --force fetches it anew, --cuda with CUDA';
  return `onnx ${done.version} is set up in ${done.folder}${done.cuda ? ', with CUDA' : ''}`;
}

/** Runs a small network on the engine, and on the embedded one. */
async function check(name: SetupEngine, say: (line: string) => void): Promise<void> {
  const threads = availableParallelism();
  const engine = await engineOf(name);
  const missing = await engine.missing();
  if (missing !== undefined) throw new UserError(missing);
  const checked = await engine.start({ threads, device: 'auto' });
  try {
    const reference = await onnxEngine.start({ threads, device: 'cpu' });
    const difference = await compareEngines(checked, reference);
    const { activations, covariances, layers } = difference;
    if (name === 'onnx' && !checked.isGpu) {
      say(`${name} ${checked.version} on CPU, the embedded engine, runs a network of ${layers} layers`);
      return;
    }
    say(
      `${name} ${checked.version} on ${checked.device} ${isWithin(difference) ? 'agrees with' : 'DIFFERS from'} the embedded engine: activations by ${activations.toExponential(1)}, covariances by ${covariances.toExponential(1)} of the largest value`,
    );
    if (!isWithin(difference)) throw new GateFailed();
  } finally {
    await checked.close();
  }
}
