import { crc32c, maskedCrc32c } from '../../model/savedmodel/crc32c.js';

/** Bytes around the data: its length (8) and the length's checksum before it, its own checksum after it. */
const BEFORE = 12;
const AFTER = 4;

/** Data as a record of a TFRecord file, the framing of event files: length, checksum of it, data, checksum of them. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(BEFORE + data.length + AFTER);
  framed.writeBigUInt64LE(BigInt(data.length));
  framed.writeUInt32LE(maskedCrc32c(crc32c(framed.subarray(0, 8))), 8);
  framed.set(data, BEFORE);
  framed.writeUInt32LE(maskedCrc32c(crc32c(data)), BEFORE + data.length);
  return framed;
}

/** A record that is not what was written. */
export class DamagedRecord extends Error {
  override name = 'DamagedRecord';
}

/**
 * The data of a file's records. One that is cut short at the end (its writer was killed) is left out, as TensorBoard does.
 * @throws DamagedRecord where a checksum does not agree
 */
export function parseRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at + BEFORE <= file.length; ) {
    check(file.subarray(at, at + 8), view.getUint32(at + 8, true), at);
    const length = Number(view.getBigUint64(at, true));
    const end = at + BEFORE + length;
    if (end + AFTER > file.length) break;
    const data = file.subarray(at + BEFORE, end);
    check(data, view.getUint32(end, true), at);
    found.push(data);
    at = end + AFTER;
  }
  return found;
}

function check(bytes: Uint8Array, stored: number, at: number): void {
  if (maskedCrc32c(crc32c(bytes)) !== stored)
    throw new DamagedRecord(`the checksum of its record at byte ${at} does not agree`);
}
