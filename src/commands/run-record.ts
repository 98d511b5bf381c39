import type { Host } from '../host.js';
import type { RecordEvents, RecordOptions } from '../record/options.js';
import { type Recording, record } from '../record/record.js';
import { formatJson } from '../ui/json.js';
import { createProgress } from '../ui/progress.js';
import { recordTable } from '../ui/record-table.js';
import { type Terminal, terminal } from '../ui/terminal.js';
import { recordingJson } from '../writers/json-values.js';
import { writtenEndings } from '../writers/spec.js';
import { interruptibly } from './interruptibly.js';

/** Records, showing progress on stderr and the results on stdout. */
export async function runRecord(
  options: RecordOptions,
  { json, quiet }: { json: boolean; quiet: boolean },
  host: Host,
): Promise<void> {
  const { paint } = terminal(host.stderr, host.env);
  const progress = createProgress(host, quiet || json);
  const events: RecordEvents = {
    start: ({ model, samples }) => progress.start(model, samples),
    progress: (done) => progress.update(done),
    spectra: (done, layers) => progress.spectra(done, layers),
    note: (message) => {
      if (!quiet) progress.line(`${paint.yellow('note:')} ${message}`);
    },
    print: (line) => {
      if (!quiet && !json) host.stdout.write(`${line}\n`);
    },
  };
  try {
    const recording = await interruptibly(host, (signal) => record(options, events, signal));
    progress.stop();
    if (json) host.stdout.write(`${formatJson(recordingJson(recording))}\n`);
    else if (!quiet) show(recording, options, host);
  } finally {
    progress.stop();
  }
}

function show({ epochs }: Recording, options: RecordOptions, host: Host): void {
  const screen = terminal(host.stdout, host.env);
  for (const epoch of epochs) {
    if (epochs.length > 1) {
      host.stdout.write(`${screen.paint.bold(`epoch ${epoch.epoch}`)} ${epoch.model}\n`);
    }
    host.stdout.write(recordTable(epoch, screen));
    for (const [name, value] of epoch.scalars) {
      if (!Number.isNaN(value)) host.stdout.write(`${name}: ${value.toFixed(4)}\n`);
    }
    if (epochs.length > 1) host.stdout.write('\n');
  }
  const saved = savedFiles(options, terminal(host.stderr, host.env));
  if (saved) host.stderr.write(`${saved}\n`);
}

function savedFiles({ saveTo, out }: RecordOptions, { paint }: Terminal): string | undefined {
  const names = saveTo.filter((writer) => typeof writer === 'string');
  const files = writtenEndings(names).map((ending) => `${out}${ending}`);
  return files.length > 0 ? paint.dim(`saved ${files.join(', ')}`) : undefined;
}
