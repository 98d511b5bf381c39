/** Columns that are rotated at a time: a stripe of this width of a matrix with thousands of rows fits a cache. */
const STRIPE = 32;
const CAPACITY = 1 << 16;

/**
 * Plane rotations of neighbouring rows of a matrix, collected and applied stripe by stripe: applied one by one they would
 * move the whole matrix through memory at every sweep.
 */
export class RotationQueue {
  #rows = new Uint32Array(CAPACITY);
  #cosines = new Float64Array(CAPACITY);
  #sines = new Float64Array(CAPACITY);
  #count = 0;

  /** `matrix` is d x d, row-major. */
  constructor(
    private readonly matrix: Float64Array,
    private readonly d: number,
  ) {}

  /** Rows i and i + 1 become (c x_i - s x_{i+1}, s x_i + c x_{i+1}). */
  push(i: number, cosine: number, sine: number): void {
    if (this.#count === CAPACITY) this.apply();
    this.#rows[this.#count] = i;
    this.#cosines[this.#count] = cosine;
    this.#sines[this.#count] = sine;
    this.#count++;
  }

  /** Applies what was pushed since the last call. */
  apply(): void {
    const { matrix, d } = this;
    for (let start = 0; start < d; start += STRIPE) {
      const width = Math.min(STRIPE, d - start);
      for (let r = 0; r < this.#count; r++) {
        rotate(matrix, this.#rows[r]! * d + start, d, width, this.#cosines[r]!, this.#sines[r]!);
      }
    }
    this.#count = 0;
  }
}

function rotate(x: Float64Array, start: number, stride: number, width: number, c: number, s: number): void {
  for (let k = start; k < start + width; k++) {
    const upper = x[k]!;
    const lower = x[k + stride]!;
    x[k] = c * upper - s * lower;
    x[k + stride] = s * upper + c * lower;
  }
}
