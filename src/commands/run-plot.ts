import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile } from '../dump/writable.js';
import { UserError } from '../errors.js';
import { fromHost, type Host, STDOUT } from '../host.js';
import { drawFigure } from '../plots/draw.js';
import type { Figure } from '../plots/figure.js';
import { FORMATS, type FormatName } from '../plots/formats.js';
import { loadSpecHook } from '../plots/hook.js';
import { placeFigures, placePage } from '../plots/places.js';
import { type PlottedFigure, plot } from '../plots/plot.js';
import { plotPage } from '../plots/plot-page.js';
import type { ResultsEvents } from '../results/results.js';
import { notesOf } from '../ui/notes.js';
import { createProgress } from '../ui/progress.js';
import { terminal } from '../ui/terminal.js';
import { interruptibly } from './interruptibly.js';
import type { PlotFlags } from './plot.js';
import { checkFlags, formatOf, plotOptionsOf, styleOf } from './plot-options.js';

/** A file to be written, or what is to go to stdout. */
interface Output {
  path: string;
  data: string | Uint8Array;
}

/** Characters that files of `--format term` have in a line. */
const FILE_COLUMNS = 100;

/** Plots runs, into files or to stdout. Nothing is written before everything is drawn. */
export async function runPlot(runs: string[], flags: PlotFlags, host: Host): Promise<void> {
  const format = formatOf(flags);
  checkFlags(format, flags, host);
  const { quiet = false } = flags;
  const { paint } = terminal(host.stderr, host.env);
  const progress = createProgress(host, quiet);
  const note = notesOf(host, progress, { quiet });
  const events = { note, spectra: (done: number, all: number) => progress.spectra(done, all) };
  const outputs = await interruptibly(host, async (signal) => {
    try {
      return await outputsOf(runs, format, flags, host, events, signal);
    } finally {
      progress.stop();
    }
  });
  for (const { path, data } of outputs) {
    if (path === STDOUT) host.stdout.write(data);
    else replaceFile(path, data);
  }
  const saved = outputs.filter(({ path }) => path !== STDOUT).map(({ path }) => path);
  if (saved.length > 0 && !quiet) host.stderr.write(`${paint.dim(`saved ${saved.join(', ')}`)}\n`);
}

async function outputsOf(
  runs: readonly string[],
  format: FormatName,
  flags: PlotFlags,
  host: Host,
  events: ResultsEvents & { note(message: string): void },
  signal: AbortSignal,
): Promise<Output[]> {
  const options = plotOptionsOf(runs, flags, host);
  const out = flags.out === undefined || flags.out === STDOUT ? flags.out : fromHost(host, flags.out);
  if (format === 'html') {
    const { page, runs: paths } = await plotPage({ ...options, epoch: flags.epoch ?? 'all' }, events, signal);
    const path = out === STDOUT ? STDOUT : writable(placePage(paths, out));
    return [{ path, data: page }];
  }
  const { specHook } = flags;
  const hook =
    specHook === undefined ? undefined : await loadSpecHook(fromHost(host, specHook), '--spec-hook ');
  const figures = await plot(options, events, signal);
  const paths = pathsOf(figures, format, out);
  const drawing = { style: styleOf(flags), scale: flags.scale, hook, note: events.note };
  const outputs: Output[] = [];
  for (const [i, { figure }] of figures.entries()) {
    const path = paths[i]!;
    const data =
      format === 'term' ? await inCharacters(figure, path, host) : await drawFigure(figure, format, drawing);
    outputs.push({ path, data: i > 0 && path === STDOUT ? `\n${data}` : data });
  }
  return outputs;
}

function pathsOf(figures: readonly PlottedFigure[], format: FormatName, out: string | undefined): string[] {
  if (out === STDOUT && format !== 'term' && figures.length > 1) {
    const names = figures.map(({ figure }) => figure.name).join(', ');
    throw new UserError(
      `--out -: stdout takes one figure, and these are ${figures.length} (${names}); give a folder`,
    );
  }
  if (out === STDOUT || (format === 'term' && out === undefined)) return figures.map(() => STDOUT);
  return placeFigures(figures, out, FORMATS[format].endings[0]!).map(writable);
}

function writable(path: string): string {
  checkWritableFile(path);
  return path;
}

async function inCharacters(figure: Figure, path: string, host: Host): Promise<string> {
  const { drawTerm } = await import('../plots/term/draw.js');
  if (path !== STDOUT) return drawTerm(figure, { columns: FILE_COLUMNS, color: false });
  const { width, paint } = terminal(host.stdout, host.env);
  return drawTerm(figure, { columns: Number.isFinite(width) ? width : FILE_COLUMNS, color: paint.level > 0 });
}
