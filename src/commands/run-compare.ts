import { availableParallelism } from 'node:os';
import { type CompareOptions, type Comparison, compare } from '../compare/compare.js';
import { comparisonJson } from '../compare/json.js';
import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile } from '../dump/writable.js';
import { GateFailed } from '../errors.js';
import { fromHost, type Host } from '../host.js';
import { printableLines } from '../printable.js';
import { cacheFolder } from '../recompute/cache.js';
import { compareMarkdown, compareTable, failedCompareGate } from '../ui/compare-table.js';
import { formatJson } from '../ui/json.js';
import { notesOf } from '../ui/notes.js';
import { createProgress } from '../ui/progress.js';
import { terminal } from '../ui/terminal.js';
import type { CompareFlags } from './compare.js';
import { interruptibly } from './interruptibly.js';
import { stdoutContent } from './stdout-content.js';

/** Compares, showing progress on stderr and the results on stdout. @throws GateFailed if a --fail-if holds. */
export async function runCompare(a: string, b: string, flags: CompareFlags, host: Host): Promise<void> {
  const { json, quiet = false } = flags;
  const content = stdoutContent(flags);
  const { paint } = terminal(host.stderr, host.env);
  const progress = createProgress(host, quiet || json === true);
  const note = notesOf(host, progress, { quiet, json });
  const csv = flags.csv === undefined || content === 'csv' ? undefined : fromHost(host, flags.csv);
  if (csv !== undefined) checkWritableFile(csv, '--csv');
  const comparison = await interruptibly(host, async (signal) => {
    try {
      const spectra = (done: number, all: number) => progress.spectra(done, all);
      return await compare(optionsOf(a, b, flags, host), { note, spectra }, signal);
    } finally {
      progress.stop();
    }
  });
  if (csv !== undefined) replaceFile(csv, await csvOf(comparison));
  if (content !== 'table' || !quiet) host.stdout.write(await shown(comparison, content, host));
  if (csv !== undefined && !quiet) host.stderr.write(`${paint.dim(`saved ${csv}`)}\n`);
  const failures = comparison.gates.flatMap((gate) => failedCompareGate(gate, comparison) ?? []);
  if (failures.length === 0) return;
  for (const failure of failures) host.stderr.write(`${paint.red('failed:')} ${printableLines(failure)}\n`);
  throw new GateFailed();
}

async function shown(
  comparison: Comparison,
  content: ReturnType<typeof stdoutContent>,
  host: Host,
): Promise<string> {
  if (content === 'csv') return await csvOf(comparison);
  if (content === 'json') return `${formatJson(comparisonJson(comparison))}\n`;
  if (content === 'markdown') return printableLines(compareMarkdown(comparison));
  return compareTable(comparison, terminal(host.stdout, host.env));
}

/** Most comparisons write none. */
async function csvOf(comparison: Comparison): Promise<string> {
  const { comparisonCsv } = await import('../compare/csv.js');
  return comparisonCsv(comparison);
}

function optionsOf(a: string, b: string, flags: CompareFlags, host: Host): CompareOptions {
  return {
    a: fromHost(host, a),
    b: fromHost(host, b),
    stats: flags.stats,
    threshold: flags.threshold,
    rule: flags.rule,
    layers: flags.layers ?? [],
    mode: flags.mode,
    epoch: flags.epoch,
    sort: flags.sort,
    failIf: flags.failIf ?? [],
    threads: flags.threads ?? availableParallelism(),
    cache: flags.cache ? cacheFolder(host.env) : undefined,
  };
}
