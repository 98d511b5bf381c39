/**
 * Speed of the reduction of layer outputs to mean and covariance. Build first: `npm run build && node bench/scatter.mjs`.
 *
 *     node bench/scatter.mjs [--threads 1,2] [--python PYTHON]
 *
 * Prints, for matrices of several widths and then for one batch of 64 of the layers of ResNet50 (64 px) and MobileNetV2 (96 px),
 * milliseconds of wall clock and of CPU, medians, and GFLOP/s of wall clock, counting only what the upper triangle needs,
 * n d (d + 1). With --python, an interpreter with NumPy and torch, their float64 x.T @ x on as many threads beside it; these compute the
 * full matrix, and start from float64 rows without a mean to take off.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { createReducer } from '../dist/reduce/reducer.js';

/** Channels, positions and number of layers: convolutions and dense layers in torchvision's networks. */
const NETWORKS = {
  'resnet50 64px': [
    [64, 1024, 1],
    [64, 256, 6],
    [256, 256, 4],
    [128, 256, 1],
    [128, 64, 7],
    [512, 64, 5],
    [256, 64, 1],
    [256, 16, 11],
    [1024, 16, 7],
    [512, 16, 1],
    [512, 4, 5],
    [2048, 4, 4],
    [1000, 1, 1],
  ],
  'mobilenet_v2 96px': [
    [32, 2304, 2],
    [16, 2304, 1],
    [96, 2304, 1],
    [96, 576, 1],
    [24, 576, 2],
    [144, 576, 3],
    [144, 144, 1],
    [32, 144, 3],
    [192, 144, 5],
    [192, 36, 1],
    [64, 36, 4],
    [384, 36, 8],
    [96, 36, 3],
    [576, 36, 5],
    [576, 9, 1],
    [160, 9, 3],
    [960, 9, 6],
    [320, 9, 1],
    [1280, 9, 1],
    [1000, 1, 1],
  ],
};

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    python: { type: 'string' },
    repeat: { type: 'string', default: '9' },
  },
});
const threadCounts = values.threads.split(',').map(Number);
const repeat = Number(values.repeat);

/** @param {number} d @param {number} positions @param {'rows' | 'channels-first'} layout */
function points(d, positions, layout, batch = 64) {
  const data = Float32Array.from({ length: batch * d * positions }, (_, i) => Math.sin(i * 1.7) + 0.3);
  return { data, layout, batch, features: d, positions };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

async function measure(threads, blocks) {
  const reducer = await createReducer({ threads });
  const wall = [];
  const cpu = [];
  for (let round = -2; round < repeat; round++) {
    const start = performance.now();
    const before = process.cpuUsage();
    for (const [layer, block] of blocks.entries()) await reducer.add(layer, block);
    await reducer.flush();
    const used = process.cpuUsage(before);
    if (round < 0) continue;
    wall.push(performance.now() - start);
    cpu.push((used.user + used.system) / 1e3);
  }
  await reducer.close();
  const flops = blocks.reduce(
    (sum, { batch, features: d, positions }) => sum + batch * positions * d * (d + 1),
    0,
  );
  return { wall: median(wall), cpu: median(cpu), gflops: flops / median(wall) / 1e6 };
}

const columns = [18, 15, 8, 9, 9, 9];
const row = (cells) => console.log(cells.map((cell, i) => String(cell).padStart(columns[i] ?? 9)).join(' '));
row(['points', 'layout', 'threads', 'wall ms', 'cpu ms', 'GFLOP/s']);
for (const d of [16, 32, 64, 128, 256, 512, 1024, 2048]) {
  for (const layout of ['channels-first', 'rows']) {
    const positions = Math.max(8, Math.round((64 * 256 * 8) / d / 64) * 8);
    const block = points(d, positions, layout);
    for (const threads of threadCounts) {
      const { wall, cpu, gflops } = await measure(threads, [block]);
      row([`${64 * positions} x ${d}`, layout, threads, wall.toFixed(1), cpu.toFixed(1), gflops.toFixed(1)]);
    }
  }
}
for (const [name, shapes] of Object.entries(NETWORKS)) {
  const blocks = shapes.flatMap(([d, positions, count]) => {
    const block = points(d, positions, 'channels-first');
    return Array.from({ length: count }, () => block);
  });
  for (const threads of threadCounts) {
    const { wall, cpu, gflops } = await measure(threads, blocks);
    row([name, 'channels-first', threads, wall.toFixed(0), cpu.toFixed(0), gflops.toFixed(1)]);
  }
}

const PYTHON = `
import sys, time, json, statistics, os
threads, repeat, cases = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
for v in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ[v] = str(threads)
import numpy, torch
torch.set_num_threads(threads)
for d, n in cases:
    x = torch.rand(n, d, dtype=torch.float64); y = x.numpy()
    for name, f in (('torch', lambda: x.T @ x), ('numpy', lambda: y.T @ y)):
        wall, cpu = [], []
        for r in range(-2, repeat):
            t, c = time.perf_counter(), time.process_time(); f()
            if r >= 0: wall.append(time.perf_counter() - t); cpu.append(time.process_time() - c)
        w, c = statistics.median(wall) * 1e3, statistics.median(cpu) * 1e3
        print('%18s %15s %8d %9.1f %9.1f %9.1f' % ('%d x %d' % (n, d), name, threads, w, c, n * d * (d + 1) / w / 1e6))
`;
if (values.python) {
  const cases = [16, 32, 64, 128, 256, 512, 1024, 2048].map((d) => [
    d,
    64 * Math.max(8, Math.round((64 * 256 * 8) / d / 64) * 8),
  ]);
  for (const threads of threadCounts) {
    spawnSync(values.python, ['-c', PYTHON, String(threads), String(repeat), JSON.stringify(cases)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }
}
