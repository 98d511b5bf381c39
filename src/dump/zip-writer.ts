import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { writeWhole } from './write-whole.js';

/** A file that goes into an archive. */
export interface ZipMember {
  /** Its name there, parts joined by `/`. */
  name: string;
  /** Where it is read. */
  path: string;
}

interface Entry {
  name: Uint8Array;
  size: number;
  crc: number;
  modified: Date;
  offset: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const END = 0x06054b50;
/** What does not fit is said in zip64's fields instead. */
const MOST_32 = 0xffffffff;
const MOST_16 = 0xffff;
const UTF8_NAMES = 1 << 11;
/** Versions of the format that reading needs: plain, and with zip64. */
const PLAIN = 20;
const ZIP64 = 45;
const MADE_BY_UNIX = 3 << 8;
const REGULAR_FILE = (0o100644 << 16) >>> 0;
const CHUNK_BYTES = 4 << 20;

/**
 * Writes a zip archive of `members` to an open, empty file (PKWARE's APPNOTE.TXT, 4.3): stored, as packing float64 matrices takes
 * thirty times as long and saves 4 %; zip64 where sizes, offsets or the number of files need it. A few MB of them are in memory
 * at a time.
 */
export function writeZip(file: number, members: Iterable<ZipMember>): void {
  const entries: Entry[] = [];
  const chunk = new Uint8Array(CHUNK_BYTES);
  let offset = 0;
  for (const { name, path } of members) {
    const entry = copyIn(file, Buffer.from(name), path, offset, chunk);
    entries.push(entry);
    offset += localHeader(entry).length + entry.size;
  }
  let bytes = 0;
  for (const entry of entries) {
    const header = centralHeader(entry);
    writeWhole(file, header, offset + bytes);
    bytes += header.length;
  }
  writeWhole(file, endOf(entries.length, bytes, offset), offset + bytes);
}

/** The bytes first, then the header before them, which holds their checksum. */
function copyIn(file: number, name: Uint8Array, path: string, offset: number, chunk: Uint8Array): Entry {
  const source = openSync(path, 'r');
  try {
    const { size, mtime } = fstatSync(source);
    const entry: Entry = { name, size, crc: 0, modified: mtime, offset };
    const start = offset + localHeader(entry).length;
    for (let done = 0; done < size; ) {
      const length = readSync(source, chunk, 0, Math.min(chunk.length, size - done), done);
      if (length === 0) throw new Error(`${path} became shorter while it was read`);
      const bytes = chunk.subarray(0, length);
      entry.crc = crc32(bytes, entry.crc);
      writeWhole(file, bytes, start + done);
      done += length;
    }
    writeWhole(file, localHeader(entry), offset);
    return entry;
  } finally {
    closeSync(source);
  }
}

function localHeader({ name, size, crc, modified }: Entry): Uint8Array {
  const extra = size >= MOST_32 ? zip64Extra([size, size]) : new Uint8Array(0);
  const fixed = new Fields(30)
    .u32(LOCAL)
    .u16(extra.length > 0 ? ZIP64 : PLAIN)
    .u16(UTF8_NAMES)
    .u16(0)
    .u32(dosTime(modified))
    .u32(crc)
    .u32(Math.min(size, MOST_32))
    .u32(Math.min(size, MOST_32))
    .u16(name.length)
    .u16(extra.length);
  return Buffer.concat([fixed.bytes, name, extra]);
}

function centralHeader({ name, size, crc, modified, offset }: Entry): Uint8Array {
  const extra = zip64Extra([size, size, offset].filter((value) => value >= MOST_32));
  const fixed = new Fields(46)
    .u32(CENTRAL)
    .u16(MADE_BY_UNIX | ZIP64)
    .u16(extra.length > 0 ? ZIP64 : PLAIN)
    .u16(UTF8_NAMES)
    .u16(0)
    .u32(dosTime(modified))
    .u32(crc)
    .u32(Math.min(size, MOST_32))
    .u32(Math.min(size, MOST_32))
    .u16(name.length)
    .u16(extra.length)
    .u16(0)
    .u16(0)
    .u16(0)
    .u32(REGULAR_FILE)
    .u32(Math.min(offset, MOST_32));
  return Buffer.concat([fixed.bytes, name, extra]);
}

function endOf(count: number, bytes: number, offset: number): Uint8Array {
  const end = new Fields(22)
    .u32(END)
    .u16(0)
    .u16(0)
    .u16(Math.min(count, MOST_16))
    .u16(Math.min(count, MOST_16))
    .u32(Math.min(bytes, MOST_32))
    .u32(Math.min(offset, MOST_32))
    .u16(0).bytes;
  if (count < MOST_16 && bytes < MOST_32 && offset < MOST_32) return end;
  const zip64 = new Fields(56)
    .u32(ZIP64_END)
    .u64(44)
    .u16(MADE_BY_UNIX | ZIP64)
    .u16(ZIP64)
    .u32(0)
    .u32(0)
    .u64(count)
    .u64(count)
    .u64(bytes)
    .u64(offset);
  const locator = new Fields(20)
    .u32(ZIP64_LOCATOR)
    .u32(0)
    .u64(offset + bytes)
    .u32(1);
  return Buffer.concat([zip64.bytes, locator.bytes, end]);
}

/** Numbers that do not fit their fields, in the order of those. */
function zip64Extra(values: readonly number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array(0);
  const fields = new Fields(4 + 8 * values.length).u16(1).u16(8 * values.length);
  for (const value of values) fields.u64(value);
  return fields.bytes;
}

/** Date and time as MS-DOS has them: local, from 1980 on, even seconds. */
function dosTime(when: Date): number {
  const year = Math.min(Math.max(when.getFullYear() - 1980, 0), 127);
  const date = (year << 9) | ((when.getMonth() + 1) << 5) | when.getDate();
  const time = (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}

/** Little-endian numbers, one after the other. */
class Fields {
  readonly bytes: Buffer;
  #at = 0;

  constructor(length: number) {
    this.bytes = Buffer.alloc(length);
  }

  u16(value: number): this {
    this.#at = this.bytes.writeUInt16LE(value, this.#at);
    return this;
  }

  u32(value: number): this {
    this.#at = this.bytes.writeUInt32LE(value, this.#at);
    return this;
  }

  u64(value: number): this {
    this.#at = this.bytes.writeBigUInt64LE(BigInt(value), this.#at);
    return this;
  }
}
