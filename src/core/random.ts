/** Numbers of [0, 1), one a call. */
export type RandomSource = () => number;

/** Numbers that `seed` decides, the same on every machine: xoshiro128** by Blackman and Vigna, its state from the seed by splitmix32. */
export function seededRandom(seed: number): RandomSource {
  let mix = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  const state = Uint32Array.from({ length: 4 }, () => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  });
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  return () => {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const third = s2 ^ s0;
    const fourth = s3 ^ s1;
    state[1] = s1 ^ third;
    state[0] = s0 ^ fourth;
    state[2] = third ^ (s1 << 9);
    state[3] = rotate(fourth, 11);
    return result / 2 ** 32;
  };
}

/** A number of the standard normal distribution, by Marsaglia's polar method. */
export function standardNormal(random: RandomSource): number {
  for (;;) {
    const x = 2 * random() - 1;
    const y = 2 * random() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}
