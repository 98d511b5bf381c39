import { type RandomSource, seededRandom } from '../core/random.js';
import { allocate, bytesOfData } from '../numeric-data.js';
import type { Tensor } from '../tensor.js';
import type { Dataset } from './dataset.js';

/**
 * The samples 0..samples-1 in an order that `seed` decides, the same on every machine (Fisher and Yates). With `blocks`, the
 * starts of blocks, the blocks come in random order, and the samples within each.
 */
export function shuffledOrder(samples: number, seed: number, blocks: readonly number[] = [0]): Uint32Array {
  const random = seededRandom(seed);
  const order = new Uint32Array(samples);
  let at = 0;
  for (const block of shuffle(Uint32Array.from(blocks.keys()), random)) {
    const start = blocks[block]!;
    const end = blocks[block + 1] ?? samples;
    const part = order.subarray(at, at + end - start);
    for (let i = 0; i < part.length; i++) part[i] = start + i;
    shuffle(part, random);
    at += part.length;
  }
  return order;
}

function shuffle(items: Uint32Array, random: RandomSource): Uint32Array {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
  }
  return items;
}

/** Samples of a dataset in the order given. Neighbours are read at once, each block of the dataset in its turn. */
export async function readSamples(dataset: Dataset, samples: Uint32Array): Promise<Tensor[]> {
  if (dataset.readAt) return dataset.readAt(samples);
  const block = (sample: number) => dataset.blocks?.findLastIndex((start) => start <= sample) ?? 0;
  const turns = new Map<number, number[]>();
  samples.forEach((sample, place) => {
    const turn = block(sample);
    const places = turns.get(turn);
    if (places) places.push(place);
    else turns.set(turn, [place]);
  });
  let result: Tensor[] | undefined;
  for (const places of turns.values()) {
    places.sort((a, b) => samples[a]! - samples[b]!);
    for (let first = 0, next = 1; first < places.length; first = next++) {
      const start = samples[places[first]!]!;
      while (next < places.length && samples[places[next]!] === start + next - first) next++;
      const read = await dataset.read(start, start + next - first);
      result ??= read.map((tensor) => emptyLike(tensor, samples.length));
      for (const [i, tensor] of read.entries()) scatter(tensor, result[i]!, places.slice(first, next));
    }
  }
  return result ?? [];
}

function emptyLike({ dtype, shape, data }: Tensor, samples: number): Tensor {
  const size = (samples * data.length) / shape[0]! / (dtype.startsWith('complex') ? 2 : 1);
  return {
    dtype,
    shape: [samples, ...shape.slice(1)],
    data: dtype === 'string' ? new Array<string>(size).fill('') : allocate(dtype, size),
  };
}

/** Writes sample i of `source` to place `places[i]` of `target`. */
function scatter(source: Tensor, target: Tensor, places: readonly number[]): void {
  if (Array.isArray(source.data) || Array.isArray(target.data)) {
    if (Array.isArray(source.data) && Array.isArray(target.data)) {
      scatterTexts(source.data, target.data, places);
    }
    return;
  }
  const from = bytesOfData(source.data);
  const to = bytesOfData(target.data);
  const size = from.length / places.length;
  places.forEach((place, i) => {
    to.set(from.subarray(i * size, (i + 1) * size), place * size);
  });
}

function scatterTexts(from: readonly string[], to: string[], places: readonly number[]): void {
  const size = from.length / places.length;
  from.forEach((text, i) => {
    to[places[Math.floor(i / size)]! * size + (i % size)] = text;
  });
}
