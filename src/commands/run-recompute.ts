import { availableParallelism } from 'node:os';
import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile } from '../dump/writable.js';
import { GateFailed, UserError } from '../errors.js';
import { fromHost, type Host, STDOUT } from '../host.js';
import { printableLines } from '../printable.js';
import { cacheFolder } from '../recompute/cache.js';
import { recomputationJson } from '../recompute/json.js';
import { type Recomputation, type RecomputeOptions, recompute } from '../recompute/recompute.js';
import type { TextFile } from '../recompute/tables.js';
import { formatJson } from '../ui/json.js';
import { notesOf } from '../ui/notes.js';
import { createProgress } from '../ui/progress.js';
import { failedRecomputeGate, recomputeMarkdown, recomputeTable } from '../ui/recompute-table.js';
import { terminal } from '../ui/terminal.js';
import { interruptibly } from './interruptibly.js';
import type { RecomputeFlags } from './recompute.js';
import { stdoutContent } from './stdout-content.js';

/** Recomputes, showing progress on stderr and the results on stdout. @throws GateFailed if a --fail-if holds. */
export async function runRecompute(dumps: string[], flags: RecomputeFlags, host: Host): Promise<void> {
  const { json, quiet = false, tidy, csv } = flags;
  const content = stdoutContent(flags);
  if (tidy && csv === undefined)
    throw new UserError('--tidy says how the table of --csv FILE is laid out; add --csv');
  const { paint } = terminal(host.stderr, host.env);
  const progress = createProgress(host, quiet || json === true);
  const note = notesOf(host, progress, { quiet, json });
  const tables =
    csv === undefined ? undefined : await tablesAt(csv === STDOUT ? csv : fromHost(host, csv), dumps, flags);
  const recomputation = await interruptibly(host, async (signal) => {
    try {
      const spectra = (done: number, all: number) => progress.spectra(done, all);
      return await recompute(optionsOf(dumps, flags, host), { note, spectra }, signal);
    } finally {
      progress.stop();
    }
  });
  const made = tables?.(recomputation) ?? [];
  const files = content === 'csv' ? [] : made;
  for (const { path, text } of files) replaceFile(path, text);
  if (content === 'csv') for (const { text } of made) host.stdout.write(text);
  else if (content !== 'table' || !quiet) host.stdout.write(shown(recomputation, content, host));
  if (files.length > 0 && !quiet) {
    host.stderr.write(`${paint.dim(`saved ${files.map(({ path }) => path).join(', ')}`)}\n`);
  }
  const failures = recomputation.gates.flatMap((gate) => failedRecomputeGate(gate, recomputation) ?? []);
  if (failures.length === 0) return;
  for (const failure of failures) host.stderr.write(`${paint.red('failed:')} ${printableLines(failure)}\n`);
  throw new GateFailed();
}

function optionsOf(dumps: readonly string[], flags: RecomputeFlags, host: Host): RecomputeOptions {
  return {
    dumps: dumps.map((path) => fromHost(host, path)),
    layers: flags.layers ?? [],
    mode: flags.mode,
    epoch: flags.epoch,
    thresholds: flags.threshold,
    stats: flags.stats,
    rule: flags.rule,
    failIf: flags.failIf ?? [],
    strict: flags.strict ?? false,
    threads: flags.threads ?? availableParallelism(),
    cache: flags.cache ? cacheFolder(host.env) : undefined,
  };
}

/** What makes the files of --csv, whose places are checked before anything is computed. Most runs write none. */
async function tablesAt(
  path: string,
  dumps: readonly string[],
  { tidy, threshold }: RecomputeFlags,
): Promise<(recomputation: Recomputation) => TextFile[]> {
  if (!tidy && new Set(dumps).size > 1)
    throw new UserError(
      '--csv: several dumps do not fit one such table; add --tidy, or recompute them one by one',
    );
  if (path === STDOUT && !tidy && threshold.length > 1)
    throw new UserError(
      `--csv ${STDOUT}: each of the ${threshold.length} thresholds is a file of its own; add --tidy, or give one`,
    );
  const { csvFiles, csvPaths, tidyTable } = await import('../recompute/tables.js');
  const targets = path === STDOUT ? [] : tidy ? [path] : csvPaths(path, threshold);
  for (const target of targets) checkWritableFile(target, '--csv');
  return (recomputation) =>
    tidy ? [{ path, text: tidyTable(recomputation) }] : csvFiles(path, recomputation);
}

function shown(recomputation: Recomputation, content: 'json' | 'markdown' | 'table', host: Host): string {
  if (content === 'json') return `${formatJson(recomputationJson(recomputation))}\n`;
  if (content === 'markdown') return printableLines(recomputeMarkdown(recomputation));
  return recomputeTable(recomputation, terminal(host.stdout, host.env));
}
