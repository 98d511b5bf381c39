import { availableParallelism } from 'node:os';
import { ReadStream, WriteStream } from 'node:tty';
import { Interrupted, UserError } from '../errors.js';
import { fromHost, type Host } from '../host.js';
import { cacheFolder } from '../recompute/cache.js';
import type { ExploreProps } from '../ui/explore/explore.js';
import { type OpenedRun, openRun, type RunOptions } from '../ui/explore/run-epochs.js';
import type { Leaving } from '../ui/explore/state.js';
import { createProgress } from '../ui/progress.js';
import type { Screen } from '../ui/screen/screen.js';
import { terminal } from '../ui/terminal.js';
import type { ExploreFlags } from './explore.js';
import { interruptibly } from './interruptibly.js';

/** Where neither the user nor the recording says otherwise. */
const DEFAULT_THRESHOLD = 0.99;

/** Reads an epoch of the dump, with progress on stderr, then shows the screen until it is left. */
export async function runExplore(dump: string, flags: ExploreFlags, host: Host): Promise<void> {
  const screen = screenOf(host, dump);
  const { paint } = terminal(host.stderr, host.env);
  const progress = createProgress(host, false);
  const notes = new Set<string>();
  let shows = false;
  const note = (message: string) => {
    if (notes.has(message)) return;
    notes.add(message);
    // While the screen is shown they wait.
    if (!shows) progress.line(`${paint.yellow('note:')} ${message}`);
  };
  const events = { note, spectra: (done: number, all: number) => progress.spectra(done, all) };
  const opened = await interruptibly(host, async (signal) => {
    try {
      return await openRun(fromHost(host, dump), flags.epoch, optionsOf(flags, host), events, signal);
    } finally {
      progress.stop();
    }
  });
  const before = notes.size;
  shows = true;
  const left = await show(opened, dump, flags, screen, host);
  for (const message of [...notes].slice(before)) host.stderr.write(`${paint.yellow('note:')} ${message}\n`);
  if (left !== 'quit') throw new Interrupted();
}

async function show(
  { results, epoch, epochs, layers, source }: OpenedRun,
  run: string,
  flags: ExploreFlags,
  screen: Screen,
  host: Host,
): Promise<Leaving | undefined> {
  const [{ createElement }, { Explore }, { onWholeScreen }] = await Promise.all([
    import('react'),
    import('../ui/explore/explore.js'),
    import('../ui/screen/screen.js'),
  ]);
  const opening = {
    run,
    epoch,
    epochs,
    layers,
    threshold: flags.threshold ?? results.recordedWith?.threshold ?? DEFAULT_THRESHOLD,
    rule: flags.rule ?? results.recordedWith?.rule ?? 'delve',
  };
  const { paint } = terminal(screen.stdout, host.env);
  return onWholeScreen<Leaving>(host, screen, (size, onLeave, onError) => {
    const props: ExploreProps = { opening: { ...opening, size }, size, source, paint, onLeave, onError };
    return createElement(Explore, props);
  });
}

function optionsOf(flags: ExploreFlags, host: Host): RunOptions {
  return {
    rule: flags.rule ?? 'delve',
    layers: flags.layers ?? [],
    mode: flags.mode,
    threads: flags.threads ?? availableParallelism(),
    cache: flags.cache ? cacheFolder(host.env) : undefined,
  };
}

/** @throws UserError where there is no terminal to show a screen on */
function screenOf({ stdin, stdout, env }: Host, dump: string): Screen {
  const instead = `delve plot ${dump} --format term or delve recompute ${dump} print what it shows`;
  if (!(stdin instanceof ReadStream) || !(stdout instanceof WriteStream)) {
    const piped = stdin instanceof ReadStream ? 'the output' : 'the input';
    throw new UserError(`explore needs a terminal, and ${piped} is none; ${instead}`);
  }
  if (env.TERM === 'dumb')
    throw new UserError(`explore needs a terminal that moves its cursor, and TERM is dumb; ${instead}`);
  return { stdin, stdout };
}
