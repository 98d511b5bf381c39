/** A worker thread: decodes images one after another, a few at a time, and resizes them. */
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { crc32, inflateRaw } from 'node:zlib';
import sharp from 'sharp';
import { grey, resize } from './image-resample.mjs';

/** Images decoded at the same time: their pixels are held whole. */
const AT_ONCE = 3;
/** More pixels than these are no photograph but a decompression bomb. */
const MOST_PIXELS = 2 ** 27;
const LOCAL_HEADER_BYTES = 30;

sharp.cache(false);
const inflate = promisify(inflateRaw);
/** @type {Map<string, Promise<import('node:fs/promises').FileHandle>>} */
const archives = new Map();
/** @type {import('./image-job.js').ImageJob[]} */
const waiting = [];
let working = 0;

parentPort?.on('message', (job) => {
  waiting.push(job);
  work();
});

function work() {
  while (working < AT_ONCE) {
    const job = waiting.shift();
    if (!job) return;
    working++;
    answer(job).finally(() => {
      working--;
      work();
    });
  }
}

/** @param {import('./image-job.js').ImageJob} job */
async function answer({ id, source, target }) {
  try {
    const image = await decode(await encoded(source), target.channels);
    const pixels = target.size ? resized(image, target.size, target) : new Float32Array(0);
    parentPort?.postMessage({ id, pixels, height: image.height, width: image.width }, [pixels.buffer]);
  } catch (error) {
    parentPort?.postMessage({ id, failure: error instanceof Error ? error.message : String(error) });
  }
}

/**
 * @param {import('./image-resample.mjs').Pixels} image
 * @param {readonly [number, number]} size
 * @param {import('./image-job.js').ImageTarget} target
 */
function resized(image, [height, width], { resize: how, antialias, whole }) {
  const pixels = resize(image, height, width, how, antialias);
  if (whole) for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round(pixels[i] ?? 0);
  return pixels;
}

/**
 * The first frame, upright as its EXIF says, in 8 bits; without its colour profile, which Keras and torchvision do not heed either.
 *
 * @param {string | Uint8Array} file
 * @param {1 | 3 | 4} channels
 */
async function decode(file, channels) {
  const image = sharp(file, {
    autoOrient: true,
    ignoreIcc: true,
    failOn: 'error',
    limitInputPixels: MOST_PIXELS,
    sequentialRead: true,
  }).toColourspace('srgb');
  const { data, info } = await (channels === 4 ? image.ensureAlpha() : image.removeAlpha())
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const pixels = { pixels: data, height: info.height, width: info.width, channels: info.channels };
  return channels === 1 ? grey(pixels) : pixels;
}

/**
 * @param {import('./image-job.js').ImageSource} source
 * @returns {Promise<string | Uint8Array>}
 */
async function encoded(source) {
  if ('file' in source) return source.file;
  if ('bytes' in source) return source.bytes;
  const { archive, entry } = source;
  const opened = archives.get(archive) ?? open(archive);
  archives.set(archive, opened);
  const file = await opened;
  const header = await readExactly(file, entry.headerOffset, LOCAL_HEADER_BYTES);
  const offset = entry.headerOffset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await readExactly(file, offset, entry.compressedSize);
  const bytes = entry.method === 0 ? packed : await inflate(packed, { maxOutputLength: entry.size });
  if (bytes.length !== entry.size || crc32(bytes) !== entry.crc32)
    throw new Error('its size or checksum is wrong');
  return bytes;
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {number} position
 * @param {number} length
 */
async function readExactly(file, position, length) {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead < length) throw new Error('the archive is shorter than it says');
  return bytes;
}
