/** Steers a recording while it runs: pauses it, resumes it, ends it early with what it has. */
export class RecordControl {
  #stopping = false;
  #paused = false;
  #wake: (() => void)[] = [];

  get isStopping(): boolean {
    return this.#stopping;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** Ends the run once the batch that is under way is recorded; at least one is. What was recorded is kept. */
  stop(): void {
    this.#stopping = true;
    this.resume();
  }

  /** Nothing is run from the next batch on, until it is resumed. */
  pause(): void {
    this.#paused = !this.#stopping;
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#paused = false;
    const waiting = this.#wake;
    this.#wake = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when nothing is paused (any more), or when `signal` is aborted. */
  async resumed(signal?: AbortSignal): Promise<void> {
    while (this.#paused && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}
