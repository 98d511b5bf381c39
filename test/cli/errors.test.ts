import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { delve } from './host.js';

const FIXTURES = join(process.cwd(), 'fixtures');
const CNN = join(FIXTURES, 'mnist/cnn');
const IMAGES = join(FIXTURES, 'mnist/images.npy');
const TORCH = join(FIXTURES, 'torch/cnn.onnx');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-errors-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function damaged(
  name: string,
  source: string,
  damage: (path: string) => Promise<void>,
  inside = '',
): Promise<void> {
  await cp(source, join(folder, name), { recursive: true });
  await damage(join(folder, name, inside));
}

const cut = (bytes: number) => (path: string) => truncate(path, bytes);
const garble = (at: number) => async (path: string) => {
  const file = await open(path, 'r+');
  const noise = randomFillSync(Buffer.alloc(32));
  noise[0] = 0xff;
  await file.write(noise, 0, noise.length, at);
  await file.close();
};

/** Runs in the folder with the damaged files; whatever fails must leave it as it was. */
async function fails(args: readonly string[]): Promise<string> {
  const before = (await readdir(folder)).sort();
  const { code, stdout, stderr } = await delve([...args], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect((await readdir(folder)).sort()).toEqual(before);
  // What runs it may have been told already.
  expect(stderr).toMatch(/^(engine: [^\n]*\n)?error: [^\n]*\n$/);
  return stderr;
}

const record = (model: string, data = IMAGES, ...more: string[]) => [
  'record',
  model,
  '--data',
  data,
  '--out',
  'out/run',
  ...more,
];

describe('models that cannot be opened', () => {
  const PB = 'saved_model.pb';
  const SHARD = 'variables/variables.data-00000-of-00001';

  it.each<[string, RegExp, () => Promise<void>]>([
    ['nowhere', /no such model/, async () => {}],
    ['empty', /no saved_model\.pb/, async () => void (await mkdir(join(folder, 'empty')))],
    ['cut-pb', /cut-pb\/saved_model\.pb is damaged/, () => damaged('cut-pb', CNN, cut(70_000), PB)],
    ['odd-pb', /odd-pb\/saved_model\.pb is damaged/, () => damaged('odd-pb', CNN, garble(0), PB)],
    ['cut-shard', /data-00000-of-00001 .*damaged/, () => damaged('cut-shard', CNN, cut(100_000), SHARD)],
    ['odd-shard', /data-00000-of-00001.*checksum/, () => damaged('odd-shard', CNN, garble(60_000), SHARD)],
    [
      'odd-shard-end',
      /data-00000-of-00001.*checksum/,
      () => damaged('odd-shard-end', CNN, garble(200_000), SHARD),
    ],
    [
      'odd-index',
      /variables\.index is damaged/,
      () => damaged('odd-index', CNN, garble(300), 'variables/variables.index'),
    ],
    [
      'bare',
      /variables\.index is missing/,
      () => damaged('bare', CNN, (path) => rm(path, { recursive: true }), 'variables'),
    ],
    ['cut.onnx', /cut\.onnx.*damaged/, () => damaged('cut.onnx', TORCH, cut(60_000))],
    ['odd.onnx', /odd\.onnx/, () => damaged('odd.onnx', TORCH, garble(2))],
    ['text.onnx', /text\.onnx/, () => writeFile(join(folder, 'text.onnx'), 'hello\n')],
    ['void.onnx', /not an ONNX model/, () => writeFile(join(folder, 'void.onnx'), '')],
    ['m.keras', /Keras file.*model\.export/, () => writeFile(join(folder, 'm.keras'), '')],
    ['m.h5', /Keras HDF5 file.*model\.export/, () => writeFile(join(folder, 'm.h5'), '')],
    ['m.pt', /PyTorch file.*torch\.onnx\.export/, () => writeFile(join(folder, 'm.pt'), '')],
    ['m.tflite', /TensorFlow Lite/, () => writeFile(join(folder, 'm.tflite'), '')],
  ])('%s', async (name, message, make) => {
    await make();
    expect(await fails(record(name))).toMatch(message);
  });
});

describe('data that does not fit', () => {
  it.each<[string, RegExp, () => Promise<unknown>]>([
    ['cut.npy', /truncated: expected 392128 bytes/, () => damaged('cut.npy', IMAGES, cut(1000))],
    ['odd.npy', /not an npy file/, () => writeFile(join(folder, 'odd.npy'), 'hello')],
    ['none.npy', /no such file/, async () => {}],
    ['x.foo', /\.foo/, () => writeFile(join(folder, 'x.foo'), '')],
    [
      join(FIXTURES, 'mnist/labels.npy'),
      /labels\.npy has the shape .* takes \(\?, 28, 28, 1\)/,
      async () => {},
    ],
    ['test=none.npy', /the mode 'test' is unknown/, async () => {}],
    [join(FIXTURES, 'data/object.npz'), /object/, async () => {}],
  ])('%s', async (data, message, make) => {
    await make();
    expect(await fails(record(CNN, data))).toMatch(message);
  });
});

describe('options', () => {
  it.each<[string[], RegExp]>([
    [['--signature', 'train'], /no signature "train".*serving_default/],
    [['--layers', 'widdn'], /--layers widdn: .*did you mean widen or/],
    [['--ignore-layers', '*'], /none of its 8 layers is left/],
    [['--conv-method', 'sum'], /Allowed choices are channelwise, mean, max, median, flatten/],
    [['--timeseries-method', 'sum'], /Allowed choices are last_timestep/],
    [['--stats', 'lsat,idm'], /did you mean idim\?/],
    [['--threshold', '0'], /no share of the variance/],
    [['--save-to', 'csv,xml'], /no writer 'xml'/],
    [['--batch-size', '1.5'], /whole number of 1 or more/],
    [['--std', '0'], /cannot be divided/],
    [['--mean', '1,2,3'], /--mean has 3 numbers/],
    [['--engine', 'torch'], /Allowed choices are/],
    [['--log-interval', '1000'], /no batch was recorded/],
    [['--data', `eval=${IMAGES}`], /both given as eval data/],
    [['--thresold', '0.9'], /unknown option '--thresold'/],
  ])('%j', async (more, message) => {
    const { code, stdout, stderr } = await delve(record(CNN, IMAGES, ...more), { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).not.toContain('out');
  });

  it('names a place that cannot be written', async () => {
    await writeFile(join(folder, 'file'), 'precious');
    const args = ['record', CNN, '--data', IMAGES, '--out', 'file/run'];
    expect(await fails(args)).toMatch(/file is a file where a folder must be/);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('precious');
  });
});

describe('NaN and infinity', () => {
  const images = () => join(folder, 'nan.npy');
  beforeAll(async () => {
    // 40 images of float32, one pixel of the 30th being NaN.
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (40, 28, 28, 1), }".padEnd(117);
    const pixels = Float32Array.from({ length: 40 * 784 }, (_, i) =>
      i === 30 * 784 + 100 ? Number.NaN : (i * 7) % 255,
    );
    const prefix = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
    await writeFile(
      images(),
      Buffer.concat([prefix, Buffer.from(`${header}\n`), Buffer.from(pixels.buffer)]),
    );
  });

  it('are an error that names the layers', async () => {
    expect(await fails(record(CNN, 'nan.npy'))).toMatch(
      /NaN or infinite values in the output of stem, .*--on-nan skip/,
    );
  });

  it('leave no layer to skip to where all have them', async () => {
    expect(await fails(record(CNN, 'nan.npy', '--on-nan', 'skip'))).toMatch(/no layer is left/);
  });
});

describe('the process', () => {
  const bin = join(process.cwd(), 'bin/delve.js');
  const spawned = promisify(execFile);

  it('says which command was meant, exits 2', async () => {
    const { code, stderr } = await delve(['recrod']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean record?');
  });

  it('shows help and its version without an engine', async () => {
    const { code, stdout } = await delve(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/record .*\n(.*\n)*.*layers/);
    const { stdout: version } = await spawned(process.execPath, [bin, '--version']);
    const { version: wanted } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(version.trim()).toBe(wanted);
  });

  it('does not mind that whoever reads its output stops reading', async () => {
    // The pipe is closed before anything is written, so that each run meets it.
    const command = `{ "$0" "$1" record --help; echo "code $?" >&2; } | { exec 0<&-; sleep 1; }`;
    const { stderr } = await spawned('bash', ['-c', command, process.execPath, bin]);
    expect(stderr).toBe('code 0\n');
  });

  it('shows the stack of a bug, exits 70', async () => {
    // A process whose folder is no text: nothing that a user could do.
    const { code, stderr } = await delve(record(CNN), { cwd: 5 as never });
    expect(code).toBe(70);
    expect(stderr).toMatch(/bug in delve .*\nTypeError.*\n +at /);
  });
});
