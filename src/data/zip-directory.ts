import { UserError } from '../errors.js';
import { type ByteSource, readUpTo } from './byte-source.js';

/** A file in a zip archive. */
export interface ZipEntry {
  name: string;
  /** 0 stored, 8 deflated; anything else is for the caller to refuse. */
  method: number;
  encrypted: boolean;
  crc32: number;
  compressedSize: number;
  size: number;
  /** Where its local header begins. */
  headerOffset: number;
}

const END = { signature: 0x06054b50, bytes: 22, longestComment: 0xffff };
const ZIP64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
const ZIP64_END = { signature: 0x06064b50, bytes: 56 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const ZIP64_EXTRA = 0x0001;
/** What is read of a directory at most, so that a garbled one does not fill the memory. */
const MOST = { entries: 2 ** 20, bytes: 2 ** 28 };

/**
 * The files of a zip archive, zip64 too, from the directory at its end (PKWARE's APPNOTE.TXT, 4.3). Throws UserError, naming
 * `where`, if this is no zip archive or its directory is damaged.
 */
export async function readZipDirectory(source: ByteSource, where: string): Promise<ZipEntry[]> {
  const { offset, bytes, count } = await findDirectory(source, where);
  if (offset + bytes > source.size) throw truncated(where);
  if (count > MOST.entries || bytes > MOST.bytes)
    throw new UserError(
      `${where}: the zip directory claims ${count} files in ${bytes} bytes, which is absurd`,
    );
  const directory = new View(await readUpTo(source, offset, bytes));
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL.bytes > directory.length || directory.u32(at) !== CENTRAL.signature)
      throw damaged(where);
    const nameBytes = directory.u16(at + 28);
    const extraBytes = directory.u16(at + 30);
    const end = at + CENTRAL.bytes + nameBytes + extraBytes + directory.u16(at + 32);
    if (end > directory.length) throw damaged(where);
    const flags = directory.u16(at + 8);
    const extraAt = at + CENTRAL.bytes + nameBytes;
    entries.push({
      name: directory.text(at + CENTRAL.bytes, nameBytes),
      method: directory.u16(at + 10),
      encrypted: (flags & 1) !== 0,
      crc32: directory.u32(at + 16),
      ...sizes(directory, at, extraAt, extraAt + extraBytes, where),
    });
    at = end;
  }
  return entries;
}

/** Where the bytes of an entry begin: behind its local header, which may be longer than the directory says. */
export async function findEntryBytes(source: ByteSource, entry: ZipEntry, where: string): Promise<number> {
  const header = new View(await readUpTo(source, entry.headerOffset, LOCAL.bytes));
  if (header.length < LOCAL.bytes || header.u32(0) !== LOCAL.signature) throw damaged(where);
  const offset = entry.headerOffset + LOCAL.bytes + header.u16(26) + header.u16(28);
  if (offset + entry.compressedSize > source.size) throw truncated(where);
  return offset;
}

async function findDirectory(
  source: ByteSource,
  where: string,
): Promise<{ offset: number; bytes: number; count: number }> {
  const tailAt = Math.max(0, source.size - END.bytes - END.longestComment);
  const tail = new View(await readUpTo(source, tailAt, source.size - tailAt));
  const end = findEnd(tail);
  if (end === undefined) {
    const start = new View(await readUpTo(source, 0, 4));
    if (start.length === 4 && start.u32(0) === LOCAL.signature) throw truncated(where);
    throw new UserError(
      `${where}: this is not a zip archive, so not an npz file; save the arrays with np.savez`,
    );
  }
  const found = { count: tail.u16(end + 10), bytes: tail.u32(end + 12), offset: tail.u32(end + 16) };
  const locator = end - ZIP64_LOCATOR.bytes;
  if (locator < 0 || tail.u32(locator) !== ZIP64_LOCATOR.signature) return found;
  const zip64 = new View(await readUpTo(source, tail.u64(locator + 8), ZIP64_END.bytes));
  if (zip64.length < ZIP64_END.bytes || zip64.u32(0) !== ZIP64_END.signature) throw damaged(where);
  return { count: zip64.u64(32), bytes: zip64.u64(40), offset: zip64.u64(48) };
}

/** Where the record at the end stands: the last one whose comment ends with the file, as comments may hold its signature. */
function findEnd(tail: View): number | undefined {
  let last: number | undefined;
  for (let at = tail.length - END.bytes; at >= 0; at--) {
    if (tail.u32(at) !== END.signature) continue;
    if (at + END.bytes + tail.u16(at + 20) === tail.length) return at;
    last ??= at;
  }
  return last;
}

/** Sizes and offset of an entry; those that do not fit 32 bits stand in its zip64 field, in this order. */
function sizes(directory: View, at: number, extraAt: number, extraEnd: number, where: string) {
  const fields = [directory.u32(at + 24), directory.u32(at + 20), directory.u32(at + 42)];
  let extra = extraAt;
  while (extra + 4 <= extraEnd && directory.u16(extra) !== ZIP64_EXTRA) extra += 4 + directory.u16(extra + 2);
  let value = extra + 4;
  const [size, compressedSize, headerOffset] = fields.map((field) => {
    if (field !== 0xffffffff) return field;
    if (value + 8 > extraEnd) throw damaged(where);
    value += 8;
    return directory.u64(value - 8);
  });
  return { size: size!, compressedSize: compressedSize!, headerOffset: headerOffset! };
}

function damaged(where: string): UserError {
  return new UserError(`${where}: the zip directory is damaged; copy or save the file again`);
}

function truncated(where: string): UserError {
  return new UserError(`${where}: the zip archive is truncated; copy or save the file again`);
}

/** Little-endian numbers. */
class View {
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u16(at: number): number {
    return this.view.getUint16(at, true);
  }

  u32(at: number): number {
    return this.view.getUint32(at, true);
  }

  /** Exact up to 2^53, which no file reaches. */
  u64(at: number): number {
    return Number(this.view.getBigUint64(at, true));
  }

  /** UTF-8, as programs write it whether they say so or not; what is none is taken byte by byte. */
  text(at: number, length: number): string {
    const bytes = this.bytes.subarray(at, at + length);
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    return text.includes('\ufffd') ? Buffer.from(bytes).toString('latin1') : text;
  }
}
