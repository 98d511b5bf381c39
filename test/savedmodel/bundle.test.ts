import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Bundle } from '../../src/model/savedmodel/bundle.js';
import { crc32c, maskedCrc32c } from '../../src/model/savedmodel/crc32c.js';
import { sliceKey } from '../../src/model/savedmodel/ordered-code.js';
import { fixture } from './fixture.js';

test('CRC-32C gives the values of RFC 3720, appendix B.4', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, at) => at);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(ascending)).toBe(0x46dd794e);
  expect(crc32c(ascending.toReversed())).toBe(0x113fdb5c);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('CRC-32C of the parts is that of the whole, at every length', () => {
  const bytes = createHash('sha512').update('parts').digest();
  for (let length = 0; length <= bytes.length; length++) {
    const whole = crc32c(bytes.subarray(0, length));
    expect(crc32c(bytes.subarray(length >> 1, length), crc32c(bytes.subarray(0, length >> 1)))).toBe(whole);
  }
  expect(maskedCrc32c(0)).toBe(0xa282ead8);
});

test('data of either byte order gives the same numbers', () => {
  const little = new Bundle(`${fixture('dtypes')}/variables/variables`);
  const big = new Bundle(`${fixture('dtypes-big-endian')}/variables/variables`);
  const types =
    'float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 complex128';
  for (const type of types.split(' ')) {
    const key = `values/${type}/.ATTRIBUTES/VARIABLE_VALUE`;
    expect(big.load(key)).toEqual(little.load(key));
    expect(big.entry(key)).toMatchObject({ dtype: type, shape: little.load(key).shape });
  }
});

test("a slice's key is TensorFlow's ordered code", () => {
  const bytes = (key: string) => [...Buffer.from(key, 'latin1')];
  // Zero, the name with its end mark, rank 2, then (0, 16) and (0, all): small numbers are a byte that starts with 1 (0 for negative ones).
  const extents = [
    { start: 0, length: 16 },
    { start: 0, length: -1 },
  ];
  expect(bytes(sliceKey('w', extents))).toEqual([0, 0x77, 0, 1, 1, 2, 0x80, 0x90, 0x80, 0x7f]);
  // Two bytes from 64, three from 8192; -65 is the complement of 64.
  const edges = [64, 8191, 8192, -64, -65].map((start) => ({ start, length: 0 }));
  expect(bytes(sliceKey('', edges)).slice(5)).toEqual(
    [[0xc0, 0x40], [0xdf, 0xff], [0xe0, 0x20, 0], [0x40], [0x3f, 0xbf]].flatMap((code) => [...code, 0x80]),
  );
});
