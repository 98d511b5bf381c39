import { Command, CommanderError } from 'commander';
import { declareCompare } from './commands/compare.js';
import { declareCompletion } from './commands/completion.js';
import { declareConfig } from './commands/config.js';
import { declareDoctor } from './commands/doctor.js';
import { declareExplore } from './commands/explore.js';
import { declareLayers } from './commands/layers.js';
import { declarePca } from './commands/pca.js';
import { declarePlot } from './commands/plot.js';
import { declareRecompute } from './commands/recompute.js';
import { declareReconstructCsv } from './commands/reconstruct-csv.js';
import { declareRecord } from './commands/record.js';
import { declareSetup } from './commands/setup.js';
import { EXIT, GateFailed, Interrupted, UserError } from './errors.js';
import type { Host, Output } from './host.js';
import { printableLines } from './printable.js';
import { VERSION } from './version.js';

/**
 * The command line: parses `host.argv`, runs the command and returns its exit code (0 done, 1 a gate found something,
 * 2 usage or input, 70 a bug, 130 interrupted). Never exits the process itself.
 */
export async function run(host: Host): Promise<number> {
  let unwritten: Error | undefined;
  const onOutputError = (error: NodeJS.ErrnoException) => {
    // Whoever reads our output may stop reading (`| head`): that is no failure of ours.
    if (error.code !== 'EPIPE') unwritten ??= error;
  };
  // They stay: the error of the last thing written may come after all is done. Where notes cannot be written, nobody can be told.
  host.stdout.on('error', onOutputError);
  host.stderr.on('error', () => {});
  try {
    await program(host).parseAsync(host.argv);
    await flushed(host.stdout);
    if (unwritten) throw new UserError(`the output cannot be written (${unwritten.message})`);
    return EXIT.done;
  } catch (error) {
    return await report(error, host);
  }
}

/** Waits until all that was given to a stream is out, or cannot be: pipes take it bit by bit, and tell of errors then. */
async function flushed(stream: Output): Promise<void> {
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
  // The event of an error comes after the call that tells of it.
  await new Promise((resolve) => setImmediate(resolve));
}

function program(host: Host): Command {
  const root = new Command('delve')
    .description(
      'How much of a trained network does work: saturation, intrinsic dimensionality and covariance, layer by layer',
    )
    .version(VERSION, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      getOutHelpWidth: () => host.stdout.columns ?? 100,
      getErrHelpWidth: () => host.stderr.columns ?? 100,
    })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 a --fail-if holds, 2 wrong usage or input, 70 a bug, 130 interrupted.',
    );
  declareRecord(root, host);
  declareLayers(root, host);
  declareRecompute(root, host);
  declareReconstructCsv(root, host);
  declarePlot(root, host);
  declareCompare(root, host);
  declarePca(root, host);
  declareExplore(root, host);
  declareDoctor(root, host);
  declareSetup(root, host);
  declareCompletion(root, host);
  declareConfig(root, host);
  return root;
}

async function report(error: unknown, host: Host): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { terminal } = await import('./ui/terminal.js');
  const { paint } = terminal(host.stderr, host.env);
  if (error instanceof UserError) {
    host.stderr.write(`${paint.red('error:')} ${printableLines(error.message)}\n`);
    return EXIT.usage;
  }
  if (error instanceof GateFailed) return EXIT.gate;
  if (error instanceof Interrupted) {
    host.stderr.write('interrupted: nothing was left half-written\n');
    return EXIT.interrupted;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  host.stderr.write(
    `${paint.red('bug in delve')} ${VERSION}, please report it with what you ran:\n${stack}\n`,
  );
  return EXIT.bug;
}
