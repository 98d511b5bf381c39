import type { Host } from '../host.js';
import { RecordControl } from '../record/control.js';
import type { RecordOptions } from '../record/options.js';
import { type Recording, record } from '../record/record.js';
import { formatJson } from '../ui/json.js';
import { createRecordProgress } from '../ui/live/record-progress.js';
import type { LiveCommand } from '../ui/live/state.js';
import type { ProgressKind } from '../ui/progress-kinds.js';
import { recordTable } from '../ui/record-table.js';
import { type Terminal, terminal } from '../ui/terminal.js';
import { recordingJson } from '../writers/json-values.js';
import { writtenEndings } from '../writers/spec.js';
import { bringOnnx } from './bring-onnx.js';
import { interruptibly } from './interruptibly.js';

/** What is printed. */
export interface RecordOutput {
  json: boolean;
  quiet: boolean;
  /** As the user asked for it. */
  progress: ProgressKind | undefined;
}

/** Records, showing progress on stderr and the results on stdout. */
export async function runRecord(options: RecordOptions, output: RecordOutput, host: Host): Promise<void> {
  const { json, quiet } = output;
  await bringOnnx(options.engine, quiet, host);
  const control = new RecordControl();
  const keys = new AbortController();
  const progress = createRecordProgress(host, {
    kind: output.progress,
    quiet,
    json,
    data: options.data,
    threshold: options.thresholds[0]!,
    firstEpoch: options.initialEpoch,
    onCommand: (command) => steer(command, control, keys),
  });
  try {
    const recording = await interruptibly(host, (signal) =>
      record(options, progress.events, AbortSignal.any([signal, keys.signal]), control),
    );
    await progress.stop();
    if (json) host.stdout.write(`${formatJson(recordingJson(recording))}\n`);
    else if (!quiet) show(recording, options, host);
  } finally {
    await progress.stop();
  }
}

function steer(command: LiveCommand, control: RecordControl, keys: AbortController): void {
  if (command === 'interrupt') keys.abort();
  else control[command]();
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

function savedFiles({ saveTo, out, stats }: RecordOptions, { paint }: Terminal): string | undefined {
  const names = saveTo.filter((writer) => typeof writer === 'string');
  const endings = writtenEndings(names);
  if (stats.includes('embed') && endings.includes('.csv')) endings.push('_embed.csv');
  const files = endings.map((ending) => `${out}${ending}`);
  return files.length > 0 ? paint.dim(`saved ${files.join(', ')}`) : undefined;
}
