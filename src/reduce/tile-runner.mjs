/**
 * Adds one tile of a block of points to a layer's scatter matrix. Plain JavaScript, as a worker thread loads it without
 * a build step between.
 *
 * A tile is the part of the upper triangle that some of the features (its rows) span with some others (its columns).
 * Its record in shared memory is self-contained:
 *
 *     scatter, width x width    sum of (x - m)(x - m)^T over the points so far, m their mean
 *     origin, 2 x width         a number near the mean of each row's and each column's feature
 *     offset, 2 x width         the mean less the origin, which keeps the digits that a sum of the two would lose
 *
 * A new block is taken relative to s, the mean so far rounded to float64. With n points in all and
 * t = sum of (x - s) over all of them, its end is S = S_old + S_block(s) - t t^T / n and m = s + t / n: a form of
 * Chan, Golub & LeVeque (1983) that needs no pass over the block for its own mean.
 */

/** Widest tile, in features: wide, as every tile packs its points anew, but still two panels of it within 1 MB of cache. */
export const MAX_TILE_WIDTH = 256;

/** @typedef {import('./job.js').Job} Job */
/** @typedef {import('./job.js').ScatterKernel} ScatterKernel */

/** Bytes that a thread needs for itself in the kernel's memory. */
export const SCRATCH_BYTES = 2 ** 21;

/** @param {number} width @returns {number} numbers in the record of a tile */
export function recordLength(width) {
  return width * width + 4 * width;
}

/**
 * @param {ScatterKernel} kernel
 * @param {SharedArrayBuffer} memory the kernel's memory
 * @param {number} scratch byte address of SCRATCH_BYTES in it that are this thread's own
 * @returns {(job: Job) => boolean} works on a job's tiles until none is left to take; true if it did the last one
 */
export function createRunner(kernel, memory, scratch) {
  const numbers = new Float64Array(memory);
  const panelPoints = kernel.panelPoints();
  const panelBytes = (MAX_TILE_WIDTH / 4) * kernel.sliverBytes();
  const rowPanel = scratch;
  const columnPanel = rowPanel + panelBytes;
  const record = columnPanel + panelBytes;
  const shifts = record + recordLength(MAX_TILE_WIDTH) * 8;
  const sums = shifts + 2 * MAX_TILE_WIDTH * 8;

  /** @type {(job: Job, first: number, count: number, feature: number, features: number, panel: number, at: number) => void} */
  function pack(job, first, count, feature, features, panel, at) {
    const shift = shifts + at * 8;
    const sum = sums + at * 8;
    const wide = job.elementBytes === 8;
    if (job.layout === 'rows') {
      const stride = job.features * job.elementBytes;
      const source = job.data + first * stride + feature * job.elementBytes;
      (wide ? kernel.packRows64 : kernel.packRows32)(source, stride, count, features, panel, shift, sum);
      return;
    }
    const packChannels = wide ? kernel.packChannels64 : kernel.packChannels32;
    const stride = job.positions * job.elementBytes;
    for (let done = 0; done < count; ) {
      const sample = Math.floor((first + done) / job.positions);
      const position = first + done - sample * job.positions;
      const run = Math.min(count - done, job.positions - position);
      const source = job.data + (sample * job.features + feature) * stride + position * job.elementBytes;
      packChannels(source, stride, run, features, panel + done * 32, shift, sum);
      done += run;
    }
  }

  /** @type {(job: Job, row: number, column: number) => void} */
  function addBlock(job, row, column) {
    const width = job.tileWidth;
    const count = job.batch * job.positions;
    const total = job.before + count;
    const diagonal = row === column;
    const rowFeature = row * width;
    const columnFeature = column * width;
    const rowFeatures = Math.min(width, job.features - rowFeature);
    const columnFeatures = Math.min(width, job.features - columnFeature);
    const rowBytes = width * 8;
    const origin = record / 8 + width * width;
    const offset = origin + 2 * width;
    const shift = shifts / 8;
    const sum = sums / 8;
    /** @type {(first: number, points: number) => void} */
    const packBoth = (first, points) => {
      pack(job, first, points, rowFeature, rowFeatures, rowPanel, 0);
      if (!diagonal) pack(job, first, points, columnFeature, columnFeatures, columnPanel, width);
    };

    numbers.fill(0, sum, sum + 2 * width);
    if (job.before === 0) {
      // Any number near the mean does for the origin: that of the first points.
      const sample = Math.min(count, panelPoints);
      numbers.fill(0, shift, shift + 2 * width);
      packBoth(0, sample);
      for (let i = 0; i < 2 * width; i++) numbers[origin + i] = at(sum + i) / sample;
      numbers.fill(0, sum, sum + 2 * width);
    }
    for (let i = 0; i < 2 * width; i++) {
      const rounded = at(origin + i) + at(offset + i);
      numbers[shift + i] = rounded;
      numbers[sum + i] = job.before * (at(offset + i) - (rounded - at(origin + i)));
    }
    const rowSlivers = Math.ceil(rowFeatures / 4);
    const columnSlivers = Math.ceil(columnFeatures / 4);
    for (let first = 0; first < count; first += panelPoints) {
      const points = Math.min(panelPoints, count - first);
      packBoth(first, points);
      const columns = diagonal ? rowPanel : columnPanel;
      kernel.multiplyPanels(rowPanel, columns, points, record, rowBytes, rowSlivers, columnSlivers, diagonal);
    }
    const columnSums = diagonal ? sums : sums + width * 8;
    kernel.subtractOuter(record, rowBytes, rowFeatures, columnSlivers * 4, 1 / total, sums, columnSums);
    for (let i = 0; i < 2 * width; i++) {
      numbers[offset + i] = at(shift + i) - at(origin + i) + at(sum + i) / total;
    }
  }

  /** @type {(index: number) => number} */
  function at(index) {
    return /** @type {number} */ (numbers[index]);
  }

  /** @type {(job: Job, tile: number) => void} */
  function runTile(job, tile) {
    const { turns, turn, records } = job;
    const index = job.firstRecord + tile;
    // Blocks enter a tile in the order in which they came, whichever threads carry them.
    for (let seen = Atomics.load(turns, index); seen !== turn; seen = Atomics.load(turns, index)) {
      Atomics.wait(turns, index, seen);
    }
    const length = recordLength(job.tileWidth);
    const start = record / 8;
    if (job.before === 0) numbers.fill(0, start, start + length);
    else numbers.set(records.subarray(index * length, (index + 1) * length), start);
    let row = 0;
    let column = tile;
    for (let across = job.tilesAcross; column >= across; across--) {
      column -= across;
      row++;
    }
    addBlock(job, row, row + column);
    records.set(numbers.subarray(start, start + length), index * length);
    Atomics.store(turns, index, turn + 1);
    Atomics.notify(turns, index);
  }

  return (job) => {
    const tiles = (job.tilesAcross * (job.tilesAcross + 1)) / 2;
    let done = 0;
    for (let tile = Atomics.add(job.taken, 0, 1); tile < tiles; tile = Atomics.add(job.taken, 0, 1)) {
      runTile(job, tile);
      done = Atomics.add(job.taken, 1, 1) + 1;
    }
    return done === tiles;
  };
}
