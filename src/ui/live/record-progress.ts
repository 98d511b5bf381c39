import type { Host } from '../../host.js';
import type { EngineChoice, RecordEvents, RunStart } from '../../record/options.js';
import { engineLine } from '../engine-line.js';
import { createProgress, type Progress, plainProgress } from '../progress.js';
import type { ProgressKind } from '../progress-kinds.js';
import { terminal } from '../terminal.js';
import { type LiveScreen, openLiveScreen } from './live-screen.js';
import { now } from './protocol.js';
import type { LiveCommand, LiveRun, RecordingEvent } from './state.js';
import { whyNoScreen } from './suits.js';

/** Shows how a recording goes. */
export interface RecordProgress {
  events: RecordEvents;
  /** Leaves the terminal as it was; notes and lines that waited for that are written. */
  stop(): Promise<void>;
}

export interface RecordProgressOptions {
  /** What the user asked for, if anything. */
  kind: ProgressKind | undefined;
  quiet: boolean;
  json: boolean;
  /** Paths of the data by mode. */
  data: readonly { mode: string; path: string }[];
  threshold: number;
  firstEpoch: number;
  onCommand(command: LiveCommand): void;
}

/** Unasked, the screen opens for recordings that take longer: the others are done before there is anything to see. */
const OPENS_AFTER_MS = 500;
const OPENS_FOR_MS = 15_000;
/** Batches of small networks take less. */
const TOLD_EVERY_MS = 50;

export function createRecordProgress(host: Host, options: RecordProgressOptions): RecordProgress {
  return new Shown(host, options);
}

class Shown implements RecordProgress {
  readonly events: RecordEvents;
  readonly #line: Progress;
  /** Whether there may be a screen. */
  readonly #mayOpen: boolean;
  #screen: LiveScreen | undefined;
  /** What a screen that opens now has to know: of the run that is under way. */
  #sofar: RecordingEvent[] = [];
  #started = { at: 0, index: 0 };
  #run: LiveRun | undefined;
  #told = 0;
  #done: number | undefined;
  #engineLine = '';
  /** What waits until the screen is left. */
  #notes: string[] = [];
  #printed: string[] = [];

  constructor(
    private readonly host: Host,
    private readonly options: RecordProgressOptions,
  ) {
    const { kind, quiet, json } = options;
    const silent = quiet || json;
    const bar = !silent && kind !== 'none';
    const unsuited = silent || kind === 'bar' || kind === 'none' ? 'not asked for' : this.#whyNot();
    this.#line = bar ? createProgress(host, false, kind !== undefined) : plainProgress(host, silent);
    this.#mayOpen = unsuited === undefined;
    if (kind === 'live' && !silent && unsuited !== undefined) {
      this.#note(`no live screen, as ${unsuited}; --progress bar or none does without`);
    }
    this.events = {
      start: (event) => this.#start(event),
      progress: (done) => this.#progress(done),
      paused: (isPaused) => {
        this.#flush();
        this.#tell({ type: 'paused', isPaused, at: now() });
      },
      spectra: (done, layers) => {
        this.#flush();
        if (!this.#screen) this.#line.spectra(done, layers);
        this.#tell({ type: 'spectra', done, all: layers, at: now() });
      },
      engine: (choice) => this.#engine(choice),
      note: (message) => this.#note(message),
      print: (line) => this.#print(line),
      // Layers are looked at while points come in only where somebody sees it.
      ...(this.#mayOpen && {
        saturation: (value) => this.#tell({ type: 'saturation', value, at: now() }),
      }),
    };
    if (this.#mayOpen && kind === 'live') this.#open();
  }

  async stop(): Promise<void> {
    this.#line.stop();
    await this.#screen?.close();
    this.#closed();
  }

  /** Said once, and again where another one takes over. */
  #engine(choice: EngineChoice): void {
    const line = engineLine(choice);
    if (line === this.#engineLine) return;
    this.#engineLine = line;
    const { host, options } = this;
    if (this.#screen || options.quiet) return;
    this.#line.line(terminal(host.stderr, host.env).paint.dim(line));
  }

  #whyNot(): string | undefined {
    const { host, options } = this;
    return options.kind === undefined && host.env.CI ? 'this is CI' : whyNoScreen(host);
  }

  #start(event: RunStart): void {
    const { data, threshold, firstEpoch } = this.options;
    const path = data.find(({ mode }) => mode === event.mode)?.path ?? '';
    this.#run = { ...event, data: path, threshold, firstEpoch };
    this.#started = { at: now(), index: event.epoch - firstEpoch };
    this.#sofar = [];
    this.#done = undefined;
    this.#tell({ type: 'start', run: this.#run, at: this.#started.at });
    if (!this.#screen) this.#line.start(event.model, event.samples);
  }

  #progress(done: number): void {
    this.#done = done;
    if (now() - this.#told < TOLD_EVERY_MS) return;
    this.#flush();
    if (this.#mayOpen && !this.#screen && this.#isWorthIt(done)) {
      this.#line.stop();
      this.#open();
    }
  }

  #flush(): void {
    if (this.#done === undefined) return;
    this.#told = now();
    if (!this.#screen) this.#line.update(this.#done);
    this.#tell({ type: 'progress', done: this.#done, at: this.#told });
    this.#done = undefined;
  }

  #isWorthIt(done: number): boolean {
    const { samples, epochs } = this.#run!;
    const taken = now() - this.#started.at;
    const all = (taken / done) * samples;
    const left = all - taken + all * (epochs - 1 - this.#started.index);
    return taken >= OPENS_AFTER_MS && left >= OPENS_FOR_MS;
  }

  #tell(event: RecordingEvent): void {
    if (this.#screen) this.#screen.tell(event);
    else if (this.#mayOpen) this.#sofar.push(event);
  }

  #open(): void {
    this.#screen = openLiveScreen(this.host, this.options.onCommand, (error) => this.#failed(error));
    for (const event of this.#sofar) this.#screen.tell(event);
    this.#sofar = [];
  }

  /** The recording goes on without it. */
  #failed(error: Error): void {
    const screen = this.#screen;
    this.#closed();
    void screen?.close();
    this.#note(`the live screen failed, and the recording goes on without (${error.message})`);
  }

  #closed(): void {
    this.#screen = undefined;
    for (const note of this.#notes.splice(0)) this.#note(note);
    for (const line of this.#printed.splice(0)) this.#print(line);
  }

  #note(message: string): void {
    const { host, options } = this;
    if (options.quiet) return;
    if (this.#screen) {
      this.#notes.push(message);
      this.#screen.tell({ type: 'note', message, at: now() });
      return;
    }
    const { paint } = terminal(host.stderr, host.env);
    this.#line.line(`${paint.yellow('note:')} ${message}`);
  }

  #print(line: string): void {
    const { quiet, json } = this.options;
    if (quiet || json) return;
    if (this.#screen) this.#printed.push(line);
    else this.host.stdout.write(`${line}\n`);
  }
}
