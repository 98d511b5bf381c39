import { type Command, Option } from 'commander';
import { DEVICES, type EngineOptions } from '../engines/engine.js';
import { engineChoices } from '../engines/registry.js';
import { parseCount } from './parse.js';

/** What runs a network and how, where nothing is said. */
interface RunningDefaults extends EngineOptions {
  engine: string;
}

/** Options of commands that run networks. */
export function addRunningOptions(command: Command, { engine, device, threads }: RunningDefaults): Command {
  return command
    .optionsGroup('Running:')
    .option('--batch-size <samples>', 'samples a batch (default: up to 64, as memory allows)', parseCount)
    .addOption(
      new Option('--engine <name>', 'what runs the network').choices(engineChoices()).default(engine),
    )
    .addOption(
      new Option('--device <device>', 'where it runs; auto: on a GPU that the engine is known to serve')
        .choices(DEVICES)
        .default(device),
    )
    .addOption(
      new Option('--threads <n>', 'threads to compute with')
        .argParser(parseCount)
        .default(threads, 'all cores'),
    );
}
