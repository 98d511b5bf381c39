import { engineFolder } from '../engines/engine-folder.js';
import { findOnnx } from '../engines/onnx/installation.js';
import { UserError } from '../errors.js';
import type { Host } from '../host.js';
import { setUpOnnx } from '../setup/onnx.js';
import { terminal } from '../ui/terminal.js';
import { interruptibly } from './interruptibly.js';

/**
 * Brings onnxruntime where it is missing, before a command that runs networks. npm leaves it out where the package's own install script
 * fails: on Linux that downloads libraries for GPUs, from a host that is often out of reach. What npm has downloaded by then is
 * taken from its cache.
 *
 * @param engine as the user asked for it: nothing is done unless onnx may be what runs
 * @throws UserError if it cannot be fetched
 */
export async function bringOnnx(engine: string, quiet: boolean, host: Host): Promise<void> {
  if ((engine !== 'onnx' && engine !== 'auto') || findOnnx().length > 0) return;
  const target = engineFolder('onnx', host.env);
  if (target === undefined) return;
  const { paint } = terminal(host.stderr, host.env);
  const say = (line: string) => {
    if (!quiet) host.stderr.write(`${paint.dim(line)}\n`);
  };
  say('npm could not install onnxruntime-node beside delve; this sets it up, once');
  try {
    const { env } = host;
    const set = { cuda: false, force: true, python: undefined };
    await interruptibly(host, (signal) => setUpOnnx(target, { ...set, env, signal, step: say }));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `the engine onnx is not installed, and setting it up failed: ${error.message}; try delve setup onnx where the npm registry is in reach`,
      { cause: error },
    );
  }
  say(`onnx is set up in ${target}`);
}
