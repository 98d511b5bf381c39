/**
 * Speed of spectra. Build first: `npm run build && node bench/spectrum.mjs`.
 *
 *     node bench/spectrum.mjs [--threads 1,2] [--sizes 256,512,1024,2048] [--networks resnet50,mobilenet_v2] [--repeat 7] [--vectors]
 *         [--plain] [--python PYTHON]
 *
 * Milliseconds of wall clock and of CPU (all threads), medians, for the eigenvalues of one covariance matrix at a time, and then of all those of
 * ResNet50 and MobileNetV2, side by side on as many threads; with --vectors, for eigenvectors too. With --python, an interpreter with torch, its float64
 * linalg.eigh and linalg.eigvalsh on as many threads, taking turns with ours so that a busy machine slows all; the ratios are their wall clock
 * by ours, above 1 where ours is faster. With --plain, the plain TypeScript twin beside them.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { symmetricSpectrum } from '../dist/core/spectrum.js';
import { createSpectra } from '../dist/spectra/spectra.js';

/** Widths of the convolutions and dense layers in torchvision's networks: [width, layers]. */
const NETWORKS = {
  resnet50: [
    [64, 8],
    [128, 8],
    [256, 16],
    [512, 11],
    [1024, 7],
    [2048, 4],
    [1000, 1],
  ],
  mobilenet_v2: [
    [16, 1],
    [24, 2],
    [32, 5],
    [64, 4],
    [96, 5],
    [144, 4],
    [160, 3],
    [192, 6],
    [320, 1],
    [384, 8],
    [576, 6],
    [960, 6],
    [1000, 1],
    [1280, 1],
  ],
};

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    sizes: { type: 'string', default: '64,128,256,512,1024,2048' },
    networks: { type: 'string', default: 'resnet50,mobilenet_v2' },
    repeat: { type: 'string', default: '7' },
    vectors: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
    python: { type: 'string' },
  },
});
const repeat = Number(values.repeat);
const rivals = values.python ? ['eigh', ...(values.vectors ? [] : ['eigvalsh'])] : [];

/** Like the covariance of 2 d rows: a dense symmetric matrix with a strong diagonal. */
function covarianceOf(d) {
  const n = 2 * d;
  const matrix = new Float64Array(d * d);
  let state = d;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) matrix[i * d + j] = random() / n;
    matrix[i * d + i] = 1 + random();
  }
  return matrix;
}

const PYTHON = `
import sys, os, json, time
threads = sys.argv[1]
for v in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ[v] = threads
import torch
torch.set_num_threads(int(threads))
made = {}
def matrix(d):
    if d not in made:
        a = torch.rand(d, d, dtype=torch.float64) - 0.5
        a = torch.tril(a, -1) / (2 * d)
        made[d] = a + a.T + torch.diag(torch.rand(d, dtype=torch.float64) + 0.5)
    return made[d]
for line in sys.stdin:
    name, widths = json.loads(line)
    f = getattr(torch.linalg, name)
    matrices = [matrix(d) for d in widths]
    t, c = time.perf_counter(), time.process_time()
    for a in matrices: f(a)
    print(json.dumps([(time.perf_counter() - t) * 1e3, (time.process_time() - c) * 1e3]), flush=True)
`;

/** A Python process that computes on request. */
function startPython(threads) {
  const child = spawn(values.python, ['-c', PYTHON, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async measure(name, widths) {
      child.stdin.write(`${JSON.stringify([name, widths])}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('Python ended');
      const [wall, cpu] = JSON.parse(value);
      return { wall, cpu };
    },
    close() {
      child.stdin.end();
    },
  };
}

async function timed(work) {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1e3 };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

const matrices = new Map();
function matrixOf(d) {
  if (!matrices.has(d)) matrices.set(d, covarianceOf(d));
  return matrices.get(d);
}

const spectrumOf = (spectra, d) =>
  values.vectors ? spectra.vectors(matrixOf(d), d) : spectra.values(matrixOf(d), d);

/** One row of the table: the spectra of matrices of these widths, asked for all at once. */
async function compare(label, widths, threads, spectra, python) {
  const contestants = {
    ours: () => timed(() => Promise.all(widths.map((d) => spectrumOf(spectra, d)))),
  };
  if (values.plain) {
    contestants.plain = () =>
      timed(async () => {
        for (const d of widths) symmetricSpectrum(matrixOf(d), d, { vectors: values.vectors });
      });
  }
  for (const name of rivals) {
    contestants[name] = () => python.measure(name, widths);
  }
  const times = new Map(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -1; round < repeat; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const time = await run();
      if (round >= 0) times.get(name).push(time);
    }
  }
  const ours = median(times.get('ours').map(({ wall }) => wall));
  const cells = [label, threads];
  for (const [name, each] of times) {
    const wall = median(each.map((time) => time.wall));
    cells.push(wall.toFixed(1), median(each.map(({ cpu }) => cpu)).toFixed(1));
    if (name !== 'ours') cells.push((wall / ours).toFixed(2));
  }
  row(cells);
}

const row = (cells) => console.log(cells.map((cell, i) => String(cell).padStart(i ? 9 : 14)).join(' '));
const header = ['matrices', 'threads', 'wall ms', 'cpu ms'];
if (values.plain) header.push('plain ms', 'cpu ms', 'ratio');
for (const name of rivals) header.push(`${name} ms`, 'cpu ms', 'ratio');
row(header);
for (const threads of values.threads.split(',').map(Number)) {
  const spectra = createSpectra({ threads });
  const python = values.python ? startPython(threads) : undefined;
  for (const d of values.sizes.split(',').filter(Boolean).map(Number)) {
    await compare(`${d} x ${d}`, [d], threads, spectra, python);
  }
  for (const name of values.networks.split(',').filter(Boolean)) {
    const widths = NETWORKS[name].flatMap(([d, count]) => Array.from({ length: count }, () => d));
    await compare(name, widths, threads, spectra, python);
  }
  python?.close();
  await spectra.close();
}
