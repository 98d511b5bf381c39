import type { TextEncoding } from './npy-dtype.js';
import { decodeUtf8 } from './utf8.js';

/** An item that holds no text. */
export class UnreadableText extends Error {
  constructor(
    /** Which item. */
    readonly index: number,
    /** What is wrong with it, and what to do. */
    readonly why: string,
  ) {
    super(why);
  }
}

/**
 * Items of an npy array of text, `itemBytes` each, in the byte order of the machine. NULs at the end of an item are no part of it, as NumPy has
 * it. Throws UnreadableText for bytes that are no UTF-8, and for numbers that stand for no character.
 */
export function decodeTexts(bytes: Uint8Array, itemBytes: number, encoding: TextEncoding): string[] {
  const decode = encoding === 'utf-8' ? fromBytes : fromCharacters;
  return Array.from({ length: bytes.length / itemBytes }, (_, index) =>
    decode(bytes.subarray(index * itemBytes, (index + 1) * itemBytes), index),
  );
}

function fromBytes(item: Uint8Array, index: number): string {
  const text = decodeUtf8(item.subarray(0, lengthOf(item)));
  if (text === undefined) {
    throw new UnreadableText(
      index,
      "bytes that are no text in UTF-8; decode them by the encoding they are in, as in np.char.decode(x, 'latin-1')",
    );
  }
  return text;
}

/** Characters that are made into text at once: each is an argument of a call. */
const AT_ONCE = 4096;

function fromCharacters(item: Uint8Array, index: number): string {
  const all = new Uint32Array(item.buffer, item.byteOffset, item.byteLength / 4);
  const characters = all.subarray(0, lengthOf(all));
  const wrong = characters.find((code) => code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff));
  if (wrong !== undefined) {
    throw new UnreadableText(
      index,
      `the number ${wrong}, which stands for no character; save the text again`,
    );
  }
  let text = '';
  for (let at = 0; at < characters.length; at += AT_ONCE) {
    text += String.fromCodePoint(...characters.subarray(at, at + AT_ONCE));
  }
  return text;
}

/** How many there are up to the last one that is not 0. */
function lengthOf(items: Uint8Array | Uint32Array): number {
  let length = items.length;
  while (length > 0 && items[length - 1] === 0) length--;
  return length;
}
