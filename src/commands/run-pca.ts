import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile } from '../dump/writable.js';
import { UserError } from '../errors.js';
import { fromHost, type Host, STDOUT } from '../host.js';
import { defaultDrawOptions, drawFigure } from '../plots/draw.js';
import { formatOfFile } from '../plots/formats.js';
import { pcaCsv } from '../project/csv.js';
import { pcaFigure } from '../project/figure.js';
import type { PcaOptions } from '../project/options.js';
import { projectModel } from '../project/project-model.js';
import type { PcaResult } from '../project/result.js';
import type { EngineChoice } from '../record/options.js';
import { engineLine } from '../ui/engine-line.js';
import { formatJson } from '../ui/json.js';
import { notesOf } from '../ui/notes.js';
import { pcaTable } from '../ui/pca-table.js';
import { createProgress } from '../ui/progress.js';
import { terminal } from '../ui/terminal.js';
import { bringOnnx } from './bring-onnx.js';
import { dataOptions } from './data-options.js';
import { interruptibly } from './interruptibly.js';
import type { PcaFlags } from './pca.js';

/** Projects and measures, showing progress on stderr and the results on stdout. */
export async function runPca(model: string, flags: PcaFlags, host: Host): Promise<void> {
  const { json, quiet = false } = flags;
  const { paint } = terminal(host.stderr, host.env);
  const files = checkedFiles(flags, host);
  const options = optionsOf(model, flags, host);
  await bringOnnx(options.engine, quiet, host);
  const progress = createProgress(host, quiet || json === true);
  const note = notesOf(host, progress, { quiet, json });
  const result = await interruptibly(host, async (signal) => {
    try {
      const events = {
        note,
        step: (what: string, samples: number) => progress.start(what, samples),
        progress: (done: number) => progress.update(done),
        engine: (choice: EngineChoice) => {
          if (!json) progress.line(paint.dim(engineLine(choice)));
        },
      };
      return await projectModel({ ...options, exportTo: files.export }, events, signal);
    } finally {
      progress.stop();
    }
  });
  if (files.csv !== undefined) replaceFile(files.csv, pcaCsv(result));
  if (files.plot !== undefined) await writeFigure(result, files.plot);
  if (flags.csv === STDOUT) host.stdout.write(pcaCsv(result));
  else if (json) host.stdout.write(`${formatJson(result)}\n`);
  else if (!quiet) host.stdout.write(pcaTable(result, terminal(host.stdout, host.env)));
  const saved = Object.values(files).filter((file) => file !== undefined);
  if (saved.length > 0 && !quiet) host.stderr.write(`${paint.dim(`saved ${saved.join(', ')}`)}\n`);
}

/** @throws UserError for files that cannot be written, or are of no known kind */
function checkedFiles({ csv, plot, export: exported, json }: PcaFlags, host: Host) {
  if (csv === STDOUT && json) throw new UserError('--csv - and --json both go to stdout; give one of them');
  const files = {
    csv: csv === undefined || csv === STDOUT ? undefined : fromHost(host, csv),
    plot: plot === undefined ? undefined : fromHost(host, plot),
    export: exported === undefined ? undefined : fromHost(host, exported),
  };
  if (files.csv !== undefined) checkWritableFile(files.csv, '--csv');
  if (files.plot !== undefined) {
    const format = formatOfFile(files.plot);
    if (format !== 'svg' && format !== 'png')
      throw new UserError(`--plot ${plot}: a figure is an .svg or a .png file; name one`);
    checkWritableFile(files.plot, '--plot');
  }
  return files;
}

async function writeFigure(result: PcaResult, path: string): Promise<void> {
  const format = formatOfFile(path) === 'png' ? 'png' : 'svg';
  replaceFile(path, await drawFigure(pcaFigure(result), format, defaultDrawOptions()));
}

function optionsOf(model: string, flags: PcaFlags, host: Host): PcaOptions {
  const { data, labels, dump, scale, mean, std, seed, shuffle } = flags;
  if (data === undefined) throw new UserError('no dataset given; add --data PATH');
  if (data === STDOUT) {
    throw new UserError('--data -: the data is run several times, and a pipe cannot be; save it to a file');
  }
  const { threshold, rule, random, output, signature, layers, ignoreLayers, conv, tap } = flags;
  const { batchSize, limit, engine, device, threads } = flags;
  return {
    model: fromHost(host, model),
    data: fromHost(host, data),
    labels: labels === undefined ? undefined : fromHost(host, labels),
    dump: dump === undefined ? undefined : fromHost(host, dump),
    ...dataOptions({ ...flags, ...(shuffle ? {} : { seed: undefined }) }),
    thresholds: threshold,
    seed: seed ?? 0,
    preprocessing: { scale, mean, std },
    layers: layers ?? [],
    ignoreLayers: ignoreLayers ?? [],
    ...{ rule, random, output, signature, conv, tap, batchSize, limit, engine, device, threads },
  };
}
