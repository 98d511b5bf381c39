import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { constants, crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { UserError } from '../errors.js';
import { type ByteSource, fileSource, memorySource, partOf, readUpTo } from './byte-source.js';
import { findEntryBytes, type ZipEntry } from './zip-directory.js';

/** Unpacked entries up to this size are held in memory, larger ones in a temporary file. */
const IN_MEMORY_BYTES = 64 << 20;
/** Stored entries up to this size have their checksum verified when they are opened: more would delay the start by seconds. */
const VERIFIED_BYTES = 1 << 30;
const CHUNK_BYTES = 1 << 20;
/** Entries up to this size are unpacked in one call: a stream costs more than they do. */
const SMALL_BYTES = 1 << 20;
/** Up to so many bytes of a larger entry are unpacked alone: they may have been packed to nothing. */
const HEAD_BYTES = 1 << 16;
/** Deflated data begin with the code's tables, some hundred bytes. */
const BEFORE_BYTES = 4096;

/**
 * The content of a zip entry for reading at any place. Stored entries are read where they stand; deflated ones are unpacked
 * once, to memory or (over `inMemoryBytes`) to a temporary file, which is gone when the process ends.
 * Throws UserError, naming `where`, for an entry that is damaged, encrypted or packed in another way.
 */
export async function openZipEntry(
  archive: ByteSource,
  entry: ZipEntry,
  where: string,
  inMemoryBytes = IN_MEMORY_BYTES,
): Promise<ByteSource> {
  const packed = await packedBytes(archive, entry, where);
  if (entry.method === 0) {
    if (entry.size !== entry.compressedSize) throw damaged(where);
    if (entry.size <= VERIFIED_BYTES) {
      let sum = 0;
      for await (const chunk of chunksOf(packed)) sum = crc32(chunk, sum);
      if (sum !== entry.crc32) throw damaged(where);
    }
    return packed;
  }
  if (Math.max(entry.size, entry.compressedSize) <= SMALL_BYTES) return unpackAtOnce(packed, entry, where);
  return entry.size <= inMemoryBytes
    ? unpackToMemory(packed, entry, where)
    : unpackToFile(packed, entry, where);
}

/**
 * The first `bytes` bytes of an entry, or all of a shorter one. Of a large entry few bytes are unpacked alone, and no checksum is
 * verified then.
 * @throws UserError, naming `where`, for an entry that is damaged, encrypted or packed in another way.
 */
export async function readZipEntryHead(
  archive: ByteSource,
  entry: ZipEntry,
  where: string,
  bytes: number,
): Promise<Uint8Array> {
  const wanted = Math.min(bytes, entry.size);
  if (entry.size > SMALL_BYTES && wanted <= HEAD_BYTES) {
    const packed = await packedBytes(archive, entry, where);
    if (entry.method === 0) return readUpTo(packed, 0, wanted);
    const start = await readUpTo(packed, 0, wanted + BEFORE_BYTES);
    const head = inflate(start, { finishFlush: constants.Z_SYNC_FLUSH }, where);
    if (head.length >= wanted) return head.subarray(0, wanted);
  }
  const whole = await openZipEntry(archive, entry, where);
  try {
    return await readUpTo(whole, 0, wanted);
  } finally {
    await whole.close();
  }
}

async function packedBytes(archive: ByteSource, entry: ZipEntry, where: string): Promise<ByteSource> {
  if (entry.encrypted) throw new UserError(`${where} is encrypted; save it again with np.savez`);
  if (entry.method !== 0 && entry.method !== 8) {
    throw new UserError(
      `${where} is packed by method ${entry.method}, which is not known (stored and deflated are); save it again with np.savez`,
    );
  }
  const offset = await findEntryBytes(archive, entry, where);
  return partOf(archive, offset, entry.compressedSize);
}

async function unpackAtOnce(packed: ByteSource, entry: ZipEntry, where: string): Promise<ByteSource> {
  const bytes = inflate(
    await readUpTo(packed, 0, packed.size),
    { maxOutputLength: Math.max(1, entry.size) },
    where,
  );
  if (bytes.length !== entry.size || crc32(bytes) !== entry.crc32) throw damaged(where);
  return memorySource(bytes);
}

/** Like every failure of zlib, more bytes than `maxOutputLength` are a damaged entry. */
function inflate(
  packed: Uint8Array,
  options: { finishFlush?: number; maxOutputLength?: number },
  where: string,
): Uint8Array {
  try {
    return inflateRawSync(packed, options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw isZlibFailure(code) || code === 'ERR_BUFFER_TOO_LARGE' ? damaged(where) : error;
  }
}

function isZlibFailure(code: unknown): boolean {
  return typeof code === 'string' && code.startsWith('Z_');
}

async function unpackToMemory(packed: ByteSource, entry: ZipEntry, where: string): Promise<ByteSource> {
  const bytes = new Uint8Array(entry.size);
  let at = 0;
  for await (const chunk of inflated(packed, entry, where)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return memorySource(bytes);
}

async function unpackToFile(packed: ByteSource, entry: ZipEntry, where: string): Promise<ByteSource> {
  const folder = await mkdtemp(join(tmpdir(), 'delve-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'array.npy');
  const handle = await open(path, 'wx+', 0o600);
  try {
    // Without a name already while it is in use, so that nothing stays behind however the process ends. Where the
    // system does not allow that, it goes on closing.
    await remove().catch(() => {});
    for await (const chunk of inflated(packed, entry, where)) await handle.appendFile(chunk);
  } catch (error) {
    await handle.close();
    await remove();
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new UserError(
        `${where}: no room to unpack its ${entry.size} bytes below ${tmpdir()}; set TMPDIR to a larger disk, or save with np.savez in place of np.savez_compressed`,
      );
    }
    throw error;
  }
  return {
    ...fileSource(handle, where, entry.size),
    async close() {
      await handle.close();
      await remove();
    },
  };
}

/** The unpacked bytes, whose number and checksum are verified. */
async function* inflated(packed: ByteSource, entry: ZipEntry, where: string): AsyncGenerator<Uint8Array> {
  const stream = createInflateRaw({ chunkSize: CHUNK_BYTES });
  // A failure on either side reaches the loop below through the stream.
  pipeline(Readable.from(chunksOf(packed)), stream, () => {});
  let size = 0;
  let sum = 0;
  try {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array)) throw damaged(where);
      size += chunk.length;
      if (size > entry.size) throw damaged(where);
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw isZlibFailure(code) ? damaged(where) : error;
  }
  if (size !== entry.size || sum !== entry.crc32) throw damaged(where);
}

async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += CHUNK_BYTES) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, source.size - at));
    await source.read(chunk, at);
    yield chunk;
  }
}

function damaged(where: string): UserError {
  return new UserError(
    `${where} is damaged (its size or checksum does not agree); copy or save the file again`,
  );
}
