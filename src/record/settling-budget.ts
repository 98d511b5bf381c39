/** Seconds that looking at a layer takes: of the main thread, and of another one. */
export interface LookCost {
  main: number;
  spectrum: number;
}

/** Of what the threads can do, so much goes into looking. */
const SHARE = 0.008;
/** Saved for wide layers, in seconds of a thread. */
const MOST_SAVED = 4;
/** So that the first bars stand early. */
const AT_FIRST = 0.01;
/** Saved up for a layer no longer than that; others come first. */
const PATIENCE_SECONDS = 20;

/** Narrower spectra are computed on the main thread. */
const ON_MAIN = 48;

/** What a look at a layer of dimension d takes on a machine of 2020. */
export function lookCost(d: number): LookCost {
  const copy = 2e-5 + 1.2e-8 * d * d;
  return d < ON_MAIN
    ? { main: copy + 3e-9 * d ** 3, spectrum: 0 }
    : { main: copy, spectrum: 5e-5 + 2.2e-10 * d ** 3 };
}

/** Time for looks: it comes in as time passes, and is spent by looks. */
export class Budget {
  readonly #rate: number;
  #saved: number;
  #last: number | undefined;
  /** How much longer things take than expected: spectra are worked on elsewhere, where their time is not seen. */
  #slowness = 1;

  constructor(private readonly threads: number) {
    this.#rate = SHARE * threads;
    this.#saved = AT_FIRST * threads;
  }

  /** Those of the looks, the dearest to have first, that there is time for; `now` in seconds. */
  affordable(looks: readonly { i: number; cost: LookCost }[], now: number): number[] {
    this.#saved = Math.min(MOST_SAVED, this.#saved + (now - (this.#last ?? now)) * this.#rate);
    this.#last = now;
    let left = this.#saved;
    const taken: number[] = [];
    for (const { i, cost } of looks) {
      const price = this.#price(cost);
      if (price > left) {
        if ((price - left) / this.#rate < PATIENCE_SECONDS) break;
        continue;
      }
      left -= price;
      taken.push(i);
    }
    return taken;
  }

  /** A look at dimension d was made, and took `main` seconds of the main thread. */
  spend(d: number, main: number): void {
    const expected = lookCost(d);
    // More than that is the time of whoever else the machine works for.
    const ratio = Math.min(8, Math.max(0.5, main / expected.main));
    this.#slowness += (ratio - this.#slowness) / 16;
    this.#saved -= ratio * expected.main * this.threads + expected.spectrum * this.#slowness;
  }

  /** While the main thread is busy the others may have nothing to do. */
  #price({ main, spectrum }: LookCost): number {
    return (main * this.threads + spectrum) * this.#slowness;
  }
}
