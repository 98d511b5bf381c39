/**
 * The key under which a checkpoint keeps one slice of a partitioned tensor: zero, name, rank, then start and
 * length of each dimension (length -1: all of it), in an order-preserving code. As a binary string.
 */
export function sliceKey(name: string, extents: readonly { start: number; length: number }[]): string {
  return (
    unsigned(0) +
    text(name) +
    unsigned(extents.length) +
    extents.map(({ start, length }) => signed(start) + signed(length)).join('')
  );
}

/** Length of the number in bytes, then its bytes, the highest first, without leading zeros. */
function unsigned(value: number): string {
  let bytes = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256))
    bytes = String.fromCharCode(rest % 256) + bytes;
  return String.fromCharCode(bytes.length) + bytes;
}

/** The bytes with 0 and 255 escaped, and an end mark that sorts before all else. */
function text(value: string): string {
  const escaped = [...Buffer.from(value, 'utf8').toString('latin1')].map((char) =>
    char === '\0' ? '\0\xff' : char === '\xff' ? '\xff\0' : char,
  );
  return `${escaped.join('')}\0\x01`;
}

/** Two's complement of the fewest bytes; as many leading bits as there are bytes tell the length, and the sign. */
function signed(value: number): string {
  const big = BigInt(value);
  const magnitude = big < 0n ? ~big : big;
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length;
  const length = Math.floor(bits / 7) + 1;
  const bytes = Buffer.alloc(10, big < 0n ? 0xff : 0);
  bytes.writeBigInt64BE(big, 2);
  const code = bytes.subarray(10 - length);
  const header = (0xffff << (16 - length)) & 0xffff;
  code[0]! ^= header >> 8;
  if (length > 8) code[1]! ^= header & 255;
  return code.toString('latin1');
}
