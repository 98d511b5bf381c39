import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { InputSpec, OpenOptions } from '../../src/data/dataset.js';
import { matchInputs } from '../../src/data/match.js';
import { openDataset } from '../../src/data/registry.js';
import { Interrupted, UserError } from '../../src/errors.js';
import type { Dim, DType } from '../../src/tensor.js';
import { loadNpz } from '../npy.js';
import { fixture, temporaryFolder, unpacked } from './fixture-files.js';

const folder = await unpacked('images.zip');
const scratch = await temporaryFolder();
const goldens = loadNpz(fixture('images.npz'));
const [HEIGHT, WIDTH] = [24, 32];

function input(shape: Dim[], dtype: DType = 'float32'): InputSpec {
  return { key: 'in', dtype, shape: [null, ...shape] };
}

/** A folder with copies of files. */
async function folderOf(name: string, files: Record<string, string>): Promise<string> {
  for (const [to, from] of Object.entries(files)) {
    await mkdir(join(scratch, name, to, '..'), { recursive: true });
    await copyFile(join(folder, from), join(scratch, name, to));
  }
  return join(scratch, name);
}

async function imagesOf(path: string, options: OpenOptions) {
  const dataset = await openDataset(path, options);
  try {
    const [images] = await dataset.read(0, dataset.samples);
    return { ...dataset, images: images! };
  } finally {
    await dataset.close();
  }
}

function largestDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) largest = Math.max(largest, Math.abs(found[i]! - wanted[i]!));
  return largest;
}

describe('images as image_dataset_from_directory has them', () => {
  const classes = join(folder, 'classes');
  test.each([
    ['fill', 'fill'],
    ['center-crop', 'crop'],
    ['fit', 'pad'],
  ] as const)('%s', async (imageResize, golden) => {
    const options = { imageResize, imageAntialias: false };
    const rgb = await imagesOf(classes, { inputs: [input([HEIGHT, WIDTH, 3])], ...options });
    const expected = goldens.get(`keras-${golden}`)!;
    expect(rgb.images.shape).toEqual(expected.shape);
    expect(largestDifference(rgb.images.data as Float32Array, expected.data)).toBeLessThan(1e-3);
    expect(rgb.details).toMatchObject({ classes: { a: 3, b: 2 }, imageResize, imageSize: [HEIGHT, WIDTH] });
    const grey = await imagesOf(classes, { inputs: [input([HEIGHT, WIDTH, 1])], ...options });
    const luma = Float64Array.from({ length: expected.data.length / 3 }, (_, i) => {
      const [red, green, blue] = expected.data.subarray(3 * i, 3 * i + 3);
      return 0.299 * red! + 0.587 * green! + 0.114 * blue!;
    });
    // Grey is rounded before it is resized.
    expect(largestDifference(grey.images.data as Float32Array, luma)).toBeLessThan(0.51);
  });
});

describe('resizing as PIL does it', () => {
  test.each([...goldens.keys()].filter((name) => name.startsWith('pil-')))('%s', async (golden) => {
    const [, name, size] = /^pil-(.*)-(\d+x\d+)$/.exec(golden)!;
    const [height, width] = size!.split('x').map(Number);
    const path = await folderOf(golden, { 'one.png': `classes/${name}.png` });
    const { images } = await imagesOf(path, { inputs: [input([height!, width!, 3])] });
    // PIL rounds after each of its two passes.
    expect(largestDifference(images.data as Float32Array, goldens.get(golden)!.data)).toBeLessThanOrEqual(
      1.01,
    );
  });
});

describe('kinds of files', () => {
  const tolerance = (name: string) => (/jpg$/.test(name) && name !== 'png.jpg' ? 2 : 0);
  const names = [...goldens.keys()].flatMap((name) => /^kind-(.*\..*)$/.exec(name)?.[1] ?? []);

  test.each(names.filter((name) => name !== 'cmyk.jpg'))('%s', async (name) => {
    const path = await folderOf(`kind-${name}`, { [name]: `kinds/${name}` });
    const expected = goldens.get(`kind-${name}`)!;
    const { images, arrays, notes } = await imagesOf(path, { inputs: [input([null, null, 3])] });
    expect(arrays[0]!.sampleShape).toEqual(expected.shape);
    expect(notes[0]).toContain(`resized to that of the first, ${expected.shape[0]} x ${expected.shape[1]}`);
    expect(largestDifference(images.data as Float32Array, expected.data)).toBeLessThanOrEqual(
      tolerance(name),
    );
  });

  test('CMYK goes through its colour profile: close to PIL, which does without', async () => {
    const path = await folderOf('cmyk', { 'cmyk.jpg': 'kinds/cmyk.jpg' });
    const { images } = await imagesOf(path, { inputs: [input([20, 30, 3])] });
    const wanted = goldens.get('kind-cmyk.jpg')!.data;
    const found = images.data as Float32Array;
    const mean = wanted.reduce((sum, value, i) => sum + Math.abs(value - found[i]!), 0) / wanted.length;
    expect(mean).toBeLessThan(40);
  });

  test('grey is ITU-R 601 luma, as PIL converts', async () => {
    const path = await folderOf('luma', { 'rgb.png': 'kinds/rgb.png' });
    const { images } = await imagesOf(path, { inputs: [input([20, 30, 1])] });
    expect(largestDifference(images.data as Float32Array, goldens.get('kind-grey')!.data)).toBe(0);
  });

  test('a fourth channel is alpha', async () => {
    const path = await folderOf('alpha', { 'alpha.png': 'kinds/alpha.png', 'rgb.png': 'kinds/rgb.png' });
    const { images } = await imagesOf(path, { inputs: [input([20, 30, 4])] });
    const { data } = await sharp(join(folder, 'kinds/alpha.png')).raw().toBuffer({ resolveWithObject: true });
    const found = images.data as Float32Array;
    expect(largestDifference(found.subarray(0, data.length), data)).toBe(0);
    for (let i = data.length + 3; i < found.length; i += 4) expect(found[i]).toBe(255);
  });

  test('whole numbers for models that take such', async () => {
    const path = await folderOf('whole', { 'one.png': 'classes/a/1.png' });
    const { images } = await imagesOf(path, { inputs: [input([7, 9, 3], 'uint8')] });
    for (const value of images.data as Float32Array) expect(Number.isInteger(value)).toBe(true);
  });
});

describe('which images, in which order', () => {
  test('natural, folder by folder; hidden files, links in a circle and other files left out', async () => {
    const path = await folderOf('order', {
      'cat10/1.png': 'kinds/rgb.png',
      'cat2/10.PNG': 'kinds/grey.png',
      'cat2/9.png': 'classes/a/1.png',
      'cat2/deep/1.jpeg': 'kinds/plain.jpg',
      'top.png': 'classes/b/1.png',
      'cat2/.hidden.png': 'damaged/text.png',
      'cat2/readme.txt': 'damaged/text.png',
    });
    await symlink(path, join(path, 'cat10', 'loop'));
    await symlink(join(path, 'top.png'), join(path, 'cat10', 'linked.png'));
    const { samples, details, notes, images } = await imagesOf(path, { inputs: [input([20, 30, 3])] });
    expect(samples).toBe(6);
    expect(details).toMatchObject({ classes: { cat2: 3, cat10: 2 } });
    expect(notes).toEqual([expect.stringContaining('left out (1 .txt)')]);
    const size = 20 * 30 * 3;
    const at = (i: number) => (images.data as Float32Array).subarray(i * size, (i + 1) * size);
    expect(largestDifference(at(1), goldens.get('kind-grey.png')!.data)).toBe(0);
    expect(largestDifference(at(3), goldens.get('kind-rgb.png')!.data)).toBe(0);
    expect(at(4)).toEqual(at(5));
  });

  test('any images in any order', async () => {
    const dataset = await openDataset(join(folder, 'classes'), { inputs: [input([HEIGHT, WIDTH, 3])] });
    const [all] = await dataset.read(0, 5);
    const [some] = await dataset.readAt!([4, 0, 4]);
    const size = HEIGHT * WIDTH * 3;
    const of = (data: unknown, i: number) => (data as Float32Array).subarray(i * size, (i + 1) * size);
    expect(of(some!.data, 0)).toEqual(of(all!.data, 4));
    expect(of(some!.data, 1)).toEqual(of(all!.data, 0));
    await dataset.close();
  });
});

describe('what the model takes', () => {
  const classes = join(folder, 'classes');
  const shapeFor = async (spec: InputSpec, options: OpenOptions = {}) => {
    const dataset = await openDataset(classes, { inputs: [spec], ...options });
    try {
      const [binding] = matchInputs(dataset, [spec], { model: options.channelAxis });
      return binding!.arrangement.shape;
    } finally {
      await dataset.close();
    }
  };

  test('channels first, no channels, flat rows, any size', async () => {
    expect(await shapeFor(input([3, 8, 9]), { channelAxis: 'first' })).toEqual([3, 8, 9]);
    expect(await shapeFor(input([null, null, null]), { channelAxis: 'first', imageSize: [8, 9] })).toEqual([
      3, 8, 9,
    ]);
    expect(await shapeFor(input([8, 9]), { channelAxis: 'last' })).toEqual([8, 9]);
    expect(await shapeFor(input([72]), { imageSize: [8, 9] })).toEqual([72]);
    expect(await shapeFor(input([null, null, 3]), { imageSize: [5, 6] })).toEqual([5, 6, 3]);
  });

  test.each([
    [input([72]), {}, /takes \(\?, 72\); say what size .* --image-size/],
    [input([72]), { imageSize: [5, 5] }, /not the number of values in images of 5 x 5/],
    [input([8, 9, 3]), { imageSize: [5, 5] }, /--image-size 5x5: .* takes \(\?, 8, 9, 3\)/],
    [input([8, 9, 2]), {}, /takes 2 channels/],
    [input([null]), {}, /give data of that shape/],
    [input([2, 3, 4, 5]), {}, /give data of that shape/],
  ] satisfies [InputSpec, OpenOptions, RegExp][])('%o %o is refused', async (spec, options, message) => {
    await expect(shapeFor(spec, options)).rejects.toThrow(message);
    await expect(shapeFor(spec, options)).rejects.toThrow(UserError);
  });
});

describe('damage', () => {
  test.each(readdirSync(join(folder, 'damaged')))('%s is named', async (name) => {
    const path = await folderOf(`damaged-${name}`, {
      '1.png': 'kinds/rgb.png',
      [`x/${name}`]: `damaged/${name}`,
    });
    const failing = imagesOf(path, { inputs: [input([20, 30, 3])] });
    await expect(failing).rejects.toThrow(UserError);
    await expect(failing).rejects.toThrow(new RegExp(`x/${name}: (the image is damaged|this is no image)`));
  });

  test('names of several lines stay in one', async () => {
    const path = await folderOf('lines', {});
    await mkdir(path);
    await writeFile(join(path, 'a\nb\u001b[31m.png'), 'no image');
    await expect(imagesOf(path, { inputs: [input([20, 30, 3])] })).rejects.toThrow(
      /lines\/a\\x0ab\\x1b\[31m\.png: this is no image/,
    );
  });

  test('folders without images', async () => {
    await mkdir(join(scratch, 'empty'));
    await expect(openDataset(join(scratch, 'empty'))).rejects.toThrow(/is empty; a folder is read as images/);
    const other = await folderOf('other', { 'x.npy': 'damaged/text.png' });
    await expect(openDataset(other)).rejects.toThrow(/no images, but files of other kinds \(1 \.npy\)/);
  });
});

/** What claims to be an image of this size. */
function headerOfPng(width: number, height: number): Uint8Array {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(100)))]);
}

describe('interruption', () => {
  test('gives up the images that wait to be decoded', async () => {
    const name = await folderOf('interrupted', {});
    const large = sharp({ create: { width: 3000, height: 2000, channels: 3, background: 'teal' } });
    await mkdir(name);
    await large.jpeg().toFile(join(name, '0.jpg'));
    for (let i = 1; i < 200; i++) await copyFile(join(name, '0.jpg'), join(name, `${i}.jpg`));
    const interruption = new AbortController();
    const inputs = [input([HEIGHT, WIDTH, 3])];
    const dataset = await openDataset(name, { inputs, signal: interruption.signal });
    const began = performance.now();
    await dataset.read(0, 4);
    const fourTook = performance.now() - began;
    const reading = dataset.read(0, dataset.samples);
    const aborted = performance.now();
    interruption.abort();
    await expect(reading).rejects.toBeInstanceOf(Interrupted);
    await expect(dataset.read(0, 1)).rejects.toBeInstanceOf(Interrupted);
    await dataset.close();
    expect(performance.now() - aborted).toBeLessThan(10 * fourTook);
  });
});

describe('a zip of images', () => {
  const zipped = async (name: string, files: Record<string, Uint8Array>, level: 0 | 6 = 6) => {
    const path = join(scratch, name);
    await writeFile(path, zipSync(files, { level }));
    return path;
  };
  const png = readFileSync(join(folder, 'kinds/rgb.png'));

  test.each([0, 6] as const)('gives what the folder gives (level %i)', async (level) => {
    const files: Record<string, Uint8Array> = { '__MACOSX/classes/._1.png': png };
    for (const name of ['a/1', 'a/2', 'a/3', 'b/1', 'b/2']) {
      files[`classes/${name}.png`] = await readFile(join(folder, `classes/${name}.png`));
    }
    const path = await zipped(`classes-${level}.zip`, files, level);
    const inputs = [input([HEIGHT, WIDTH, 3])];
    const fromZip = await imagesOf(path, { inputs });
    const fromFolder = await imagesOf(join(folder, 'classes'), { inputs });
    expect(fromZip.images).toEqual(fromFolder.images);
    expect(fromZip.details).toMatchObject({ classes: { a: 3, b: 2 } });
  });

  test.each([
    ['up.zip', { '../1.png': png }, /leads out of the archive/],
    ['windows.zip', { 'a\\..\\1.png': png }, /leads out of the archive/],
    ['root.zip', { '/etc/1.png': png }, /leads out of the archive/],
    ['arrays.zip', { 'x.npy': png }, /name it \.npz/],
    ['texts.zip', { 'x.txt': png }, /holds no images/],
    ['bad.zip', { '1.png': png.subarray(0, 100) }, /bad\.zip: 1\.png: the image is damaged/],
  ])('%s is refused', async (name, files, message) => {
    const path = await zipped(name, files);
    const failing = imagesOf(path, { inputs: [input([20, 30, 3])] });
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(UserError);
  });

  test('bombs: an entry that claims too much, one that unpacks to more than it claims, one of too many pixels', async () => {
    const bomb = Buffer.from(zipSync({ '1.png': new Uint8Array(130 << 20) }, { level: 1 }));
    const path = join(scratch, 'bomb.zip');
    await writeFile(path, bomb);
    await expect(imagesOf(path, { inputs: [input([20, 30, 3])] })).rejects.toThrow(/which no image has/);
    // The same with a size that lies: in the directory, 24 bytes behind its signature.
    const directory = bomb.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bomb.writeUInt32LE(1000, directory + 24);
    await writeFile(path, bomb);
    await expect(imagesOf(path, { inputs: [input([20, 30, 3])] })).rejects.toThrow(
      /1\.png: the image is damaged/,
    );
    const pixels = await zipped('pixels.zip', { '1.png': headerOfPng(100_000, 100_000) });
    await expect(imagesOf(pixels, { inputs: [input([20, 30, 3])] })).rejects.toThrow(
      /more than 134 million pixels/,
    );
  });

  test('no archive, none with images, an encrypted one', async () => {
    const words = await zipped('words.zip', { 'a.txt': Buffer.from('a') });
    await expect(openDataset(words)).rejects.toThrow(/no images, .* \(1 \.txt\); a zip is read as images/);
    await writeFile(join(scratch, 'text.zip'), 'hello');
    await expect(openDataset(join(scratch, 'text.zip'))).rejects.toThrow(/not a zip archive/);
    const bytes = Buffer.from(zipSync({ '1.png': png }));
    bytes.writeUInt16LE(1, bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 8);
    await writeFile(join(scratch, 'secret.zip'), bytes);
    await expect(openDataset(join(scratch, 'secret.zip'))).rejects.toThrow(/1\.png is encrypted/);
  });
});
