import type { LayerCall, Mode } from './model-runs.js';
import { type Recorded, Recorder, type RecorderOptions } from './recorder.js';
import type { TrackedModule } from './tracked-modules.js';
import type { NamedTap } from './tracked-taps.js';

/** What there is of a mode, in the order of columns. */
export interface ModeRecording {
  mode: Mode;
  /** What was recorded since the last epoch; nothing where recording is stopped. */
  layers: (Recorded & { tap: NamedTap['tap'] })[];
  /** What has ever run. */
  ran: NamedTap[];
}

/** Follows modules as they run, and records what their layers hand on. */
export class TrackedRecording {
  isRecording = true;
  readonly #recorder: Recorder;
  /** In the order of columns. */
  readonly #taps: NamedTap[];
  /** What has ever run, recorded or not, by name and mode. */
  readonly #ran = new Set<string>();
  readonly #ends: (() => void)[] = [];

  /** @param chosen the taps that are to be recorded, in the order of columns */
  constructor(modules: readonly TrackedModule[], chosen: readonly NamedTap[], options: RecorderOptions) {
    this.#recorder = new Recorder(options);
    this.#taps = [...chosen];
    for (const module of modules) this.#follow(module, new Set(chosen));
  }

  get taps(): readonly NamedTap[] {
    return this.#taps;
  }

  /** Follows one more module, all of whose layers are recorded. */
  add(module: TrackedModule): void {
    this.#taps.push(...module.taps);
    this.#follow(module, new Set(module.taps));
  }

  /** What is there of each mode, train before eval. */
  modes(): ModeRecording[] {
    const recorded = this.isRecording ? this.#recorder.recorded() : [];
    return (['train', 'eval'] as const).map((mode) => {
      const all = new Map(recorded.filter((each) => each.mode === mode).map((each) => [each.name, each]));
      const layers = this.#taps.flatMap(({ name, tap }) => {
        const found = all.get(name);
        return found ? [{ ...found, tap }] : [];
      });
      return { mode, layers, ran: this.#taps.filter(({ name }) => this.#ran.has(`${mode} ${name}`)) };
    });
  }

  /** Begins an epoch: batches and samples are counted anew, and unless `keepPoints` their points are forgotten. */
  nextEpoch(keepPoints: boolean): void {
    if (keepPoints) this.#recorder.recount();
    else this.#recorder.reset();
  }

  /** Takes all hooks away. */
  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #follow(module: TrackedModule, chosen: ReadonlySet<NamedTap>): void {
    const taps = new Map<string, NamedTap[]>();
    for (const tap of module.taps) {
      if (chosen.has(tap)) taps.set(tap.key, [...(taps.get(tap.key) ?? []), tap]);
    }
    const watched = new Set(module.taps.filter((tap) => chosen.has(tap)).map(({ layer }) => layer));
    this.#ends.push(
      module.follow(watched, (call) => {
        for (const tap of taps.get(call.key) ?? []) this.#take(tap, call);
      }),
    );
  }

  #take({ name, tap }: NamedTap, call: LayerCall): void {
    const { mode } = call;
    this.#ran.add(`${mode} ${name}`);
    if (this.isRecording) this.#recorder.take(name, tap.view, call, () => tap.read(call));
  }
}
