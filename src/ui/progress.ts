import { createRequire } from 'node:module';
import type { SingleBar } from 'cli-progress';
import type { Host } from '../host.js';
import { formatSeconds } from './numbers.js';

/** Shows how far a recording is: at most one line of stderr, gone at the end. */
export interface Progress {
  start(title: string, samples: number): void;
  update(done: number): void;
  spectra(done: number, layers: number): void;
  /** Writes a line above the bar. */
  line(text: string): void;
  stop(): void;
}

/** A bar on stderr where that is a terminal a person looks at, or one `asked` to show it; else lines alone. */
export function createProgress(host: Host, quiet: boolean, asked = false): Progress {
  const looksOn = asked || !host.env.CI;
  const bar = !quiet && looksOn && host.stderr.isTTY === true && host.env.TERM !== 'dumb';
  return bar ? barProgress(host) : plainProgress(host, quiet);
}

/** Lines alone. */
export function plainProgress(host: Host, quiet: boolean): Progress {
  return {
    start() {},
    update() {},
    spectra() {},
    line(text) {
      if (!quiet) host.stderr.write(`${text}\n`);
    },
    stop() {},
  };
}

function barProgress(host: Host): Progress {
  // Loaded where it draws: most runs of CI and pipes show no bar, and answer sooner without it.
  const cliProgress: typeof import('cli-progress') = createRequire(import.meta.url)('cli-progress');
  const title = (text: string) => {
    const room = Math.max(10, (host.stderr.columns ?? 80) - 62);
    return text.length > room ? `…${text.slice(text.length - room + 1)}` : text;
  };
  let current: SingleBar | undefined;
  let started = 0;
  let shown = { done: 0, told: { name: '', rate: '-', left: '-' } };
  const stop = () => {
    current?.stop();
    current = undefined;
  };
  const begin = (format: string, total: number, name: string) => {
    stop();
    started = performance.now();
    current = new cliProgress.SingleBar({
      stream: host.stderr as NodeJS.WriteStream,
      format,
      clearOnComplete: true,
      hideCursor: true,
      barsize: Math.max(8, Math.min(24, (host.stderr.columns ?? 80) - 60)),
      barCompleteChar: '█',
      barIncompleteChar: '░',
      linewrap: null,
    });
    shown = { done: 0, told: { name, rate: '-', left: '-' } };
    current.start(total, 0, shown.told);
  };
  const pace = (done: number, total: number) => {
    const seconds = (performance.now() - started) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    return {
      rate: rate >= 10 ? rate.toFixed(0) : rate.toFixed(1),
      left: rate > 0 ? formatSeconds((total - done) / rate) : '-',
    };
  };
  return {
    start(name, samples) {
      begin('{name} {bar} {value}/{total} samples, {rate}/s, {left} left', samples, title(name));
    },
    update(done) {
      if (!current) return;
      shown = { done, told: { ...shown.told, ...pace(done, current.getTotal()) } };
      current.update(done, shown.told);
    },
    spectra(done, layers) {
      if (done === 0) begin('{name} {bar} {value}/{total} spectra', layers, '');
      shown.done = done;
      current?.update(done);
      if (done === layers) stop();
    },
    line(text) {
      // A bar clears the line where it began: it has to end before the text, and to begin again below it.
      current?.stop();
      host.stderr.write(`${text}\n`);
      current?.start(current.getTotal(), shown.done, shown.told);
    },
    stop,
  };
}
