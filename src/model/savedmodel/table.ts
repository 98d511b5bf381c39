import { UserError } from '../../errors.js';
import { crc32c, maskedCrc32c } from './crc32c.js';

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
const TRAILER_BYTES = 5;

/**
 * The entries of a sorted table in LevelDB's format, as checkpoints use it for their index: blocks of
 * prefix-compressed keys, an index of the blocks, and a footer that says where that index is.
 * Keys come as binary strings (one character a byte).
 * @param file its path, for messages
 * @throws UserError if it is truncated, garbled or compressed
 */
export function readTable(bytes: Buffer, file: string): Map<string, Buffer> {
  if (bytes.length < FOOTER_BYTES) {
    throw damaged(file, `it has ${bytes.length} bytes, fewer than the ${FOOTER_BYTES} of its footer`);
  }
  const footer = bytes.subarray(bytes.length - FOOTER_BYTES);
  if (footer.readBigUInt64LE(FOOTER_BYTES - 8) !== MAGIC) {
    throw damaged(file, `it has ${bytes.length} bytes and does not end as an index does (truncated?)`);
  }
  const reader = new VarintReader(footer, file);
  reader.handle(); // the meta index: unused by checkpoints
  const index = readBlock(bytes, reader.handle(), file);
  const entries = new Map<string, Buffer>();
  for (const [, value] of index) {
    for (const [key, entry] of readBlock(bytes, new VarintReader(value, file).handle(), file)) {
      entries.set(key, entry);
    }
  }
  return entries;
}

interface BlockHandle {
  offset: number;
  size: number;
}

function readBlock(bytes: Buffer, { offset, size }: BlockHandle, file: string): [string, Buffer][] {
  const end = offset + size;
  if (end + TRAILER_BYTES > bytes.length - FOOTER_BYTES) {
    throw damaged(file, `a block ends at byte ${end + TRAILER_BYTES}, but it has ${bytes.length} bytes`);
  }
  const checksum = maskedCrc32c(crc32c(bytes.subarray(offset, end + 1)));
  if (checksum !== bytes.readUInt32LE(end + 1)) {
    throw damaged(file, `the checksum of the block at byte ${offset} does not match`);
  }
  if (bytes[end] !== 0) {
    throw new UserError(
      `${file} is compressed (block type ${bytes[end]}), which delve cannot read; export the model again with TensorFlow.`,
    );
  }
  return blockEntries(bytes.subarray(offset, end), file);
}

function blockEntries(block: Buffer, file: string): [string, Buffer][] {
  const restarts = block.length < 4 ? -1 : block.readUInt32LE(block.length - 4);
  const end = block.length - 4 - 4 * restarts;
  if (restarts < 0 || end < 0) throw damaged(file, 'a block is too short for its restart points');
  const reader = new VarintReader(block.subarray(0, end), file);
  const entries: [string, Buffer][] = [];
  let key = '';
  while (reader.at < end) {
    const shared = reader.varint();
    const unshared = reader.varint();
    const length = reader.varint();
    if (shared > key.length) throw damaged(file, 'a key shares more than the key before it has');
    key = key.slice(0, shared) + reader.take(unshared).toString('latin1');
    entries.push([key, reader.take(length)]);
  }
  return entries;
}

/** Reads variable-length integers (seven bits a byte, the lowest first) and runs of bytes. */
export class VarintReader {
  at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly file: string,
  ) {}

  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw damaged(this.file, 'a number runs past its end');
  }

  take(length: number): Buffer {
    const taken = this.bytes.subarray(this.at, this.at + length);
    if (taken.length < length)
      throw damaged(this.file, `${length} bytes are told where ${taken.length} are left`);
    this.at += length;
    return taken;
  }

  handle(): BlockHandle {
    return { offset: this.varint(), size: this.varint() };
  }
}

function damaged(file: string, found: string): UserError {
  return new UserError(`${file} is damaged: ${found}; copy or export the model again.`);
}
