import { Argument, type Command } from 'commander';
import type { Host } from '../host.js';

/** As commander hands them over. */
export interface SetupFlags {
  python?: string;
  cuda?: true;
  check?: true;
  force?: true;
  quiet?: true;
}

export const SETUP_ENGINES = ['tensorflow', 'onnx'] as const;
export type SetupEngine = (typeof SETUP_ENGINES)[number];

const EXAMPLES = `
Examples:
  $ delve setup tensorflow
  $ delve setup tensorflow --python ~/venvs/tf/bin/python --check
  $ delve setup onnx --cuda

Engines are set up in the folder of your data: DELVE_HOME, or where the platform keeps it (delve doctor tells). Deleting the folder undoes it.`;

export function declareSetup(root: Command, host: Host): void {
  root
    .command('setup')
    .summary('bring an engine that npm could not install')
    .description(
      'Brings an engine that npm could not install. tensorflow: fetches tfjs-node-gpu from the npm registry and builds its binding against the TensorFlow of a Python environment. onnx: fetches onnxruntime-node; with --cuda also what it needs for NVIDIA’s GPUs.',
    )
    .addArgument(new Argument('<engine>', 'the engine').choices(SETUP_ENGINES))
    .option(
      '--python <python>',
      'the Python whose packages are used (default: that of the active environment, else of the path)',
    )
    .option('--cuda', 'onnx: with CUDA, from onnxruntime-gpu of the same version')
    .option('--check', 'run a small network, and compare it with the embedded engine')
    .option('--force', 'set it up anew where it works already')
    .option('-q, --quiet', 'print nothing but errors')
    .addHelpText('after', EXAMPLES)
    .action(async (engine: SetupEngine, flags: SetupFlags) => {
      const { runSetup } = await import('./run-setup.js');
      await runSetup(engine, flags, host);
    });
}
