import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { UserError } from '../errors.js';
import { type ByteSource, fileSource, memorySource, partOf } from './byte-source.js';
import { findEntryBytes, type ZipEntry } from './zip-directory.js';

/** Unpacked entries up to this size are held in memory, larger ones in a temporary file. */
const IN_MEMORY_BYTES = 64 << 20;
/** Stored entries up to this size have their checksum verified when they are opened: more would delay the start by seconds. */
const VERIFIED_BYTES = 1 << 30;
const CHUNK_BYTES = 1 << 20;

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
  if (entry.encrypted) throw new UserError(`${where} is encrypted; save it again with np.savez`);
  if (entry.method !== 0 && entry.method !== 8) {
    throw new UserError(
      `${where} is packed by method ${entry.method}, which is not known (stored and deflated are); save it again with np.savez`,
    );
  }
  const offset = await findEntryBytes(archive, entry, where);
  const packed = partOf(archive, offset, entry.compressedSize);
  if (entry.method === 0) {
    if (entry.size !== entry.compressedSize) throw damaged(where);
    if (entry.size <= VERIFIED_BYTES) {
      let sum = 0;
      for await (const chunk of chunksOf(packed)) sum = crc32(chunk, sum);
      if (sum !== entry.crc32) throw damaged(where);
    }
    return packed;
  }
  return entry.size <= inMemoryBytes
    ? unpackToMemory(packed, entry, where)
    : unpackToFile(packed, entry, where);
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
    throw typeof code === 'string' && code.startsWith('Z_') ? damaged(where) : error;
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
