import { availableParallelism } from 'node:os';
import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile } from '../dump/writable.js';
import { fromHost, type Host, STDOUT } from '../host.js';
import { cacheFolder } from '../recompute/cache.js';
import { reconstructCsv } from '../recompute/reconstruct.js';
import { notesOf } from '../ui/notes.js';
import { createProgress } from '../ui/progress.js';
import { terminal } from '../ui/terminal.js';
import { interruptibly } from './interruptibly.js';
import type { ReconstructFlags } from './reconstruct-csv.js';

/** Writes the csv to a file, or to stdout; progress and notes go to stderr. */
export async function runReconstructCsv(dump: string, flags: ReconstructFlags, host: Host): Promise<void> {
  const { quiet = false } = flags;
  const out = flags.out === undefined || flags.out === STDOUT ? undefined : fromHost(host, flags.out);
  if (out !== undefined) checkWritableFile(out);
  const { paint } = terminal(host.stderr, host.env);
  const progress = createProgress(host, quiet);
  const events = {
    note: notesOf(host, progress),
    spectra: (done: number, all: number) => progress.spectra(done, all),
  };
  const options = {
    dump: fromHost(host, dump),
    threshold: flags.threshold,
    stats: flags.stats,
    rule: flags.rule,
    pythonNames: flags.pythonNames ?? false,
    strict: flags.strict ?? false,
    threads: flags.threads ?? availableParallelism(),
    cache: flags.cache ? cacheFolder(host.env) : undefined,
  };
  const csv = await interruptibly(host, async (signal) => {
    try {
      return await reconstructCsv(options, events, signal);
    } finally {
      progress.stop();
    }
  });
  if (out === undefined) {
    host.stdout.write(csv);
    return;
  }
  replaceFile(out, csv);
  if (!quiet) host.stderr.write(`${paint.dim(`saved ${out}`)}\n`);
}
