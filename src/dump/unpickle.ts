/** Bytes that are not the pickle of a dict of names to whole numbers; the message says what was found. */
export class MalformedPickle extends Error {
  override name = 'MalformedPickle';
}

const MARK = Symbol('mark');
type Item = string | number | Map<string, number> | typeof MARK;

/**
 * Reads the pickle (protocols 0 to 5) of a dict of str to int. A pickle is a program for a stack machine that may call
 * any Python function; only the operations that such a dict needs are known here, all others are refused.
 * https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */
export function parsePickledCounts(bytes: Uint8Array): Map<string, number> {
  const input = new PickleBytes(bytes);
  const stack: Item[] = [];
  const memo = new Map<number, Item>();
  for (;;) {
    const code = String.fromCharCode(input.byte());
    if (code === '.') return finished(stack);
    if (code === '(') stack.push(MARK);
    else if (code === '}') stack.push(new Map());
    else if (code === 'd') stack.push(filled(new Map(), pairsSinceMark(stack)));
    else if (code === 'u') {
      const pairs = pairsSinceMark(stack);
      filled(top(stack), pairs);
    } else if (code === 's') {
      const [key, value] = stack.splice(-2);
      filled(top(stack), [[key, value]]);
    } else if (isRecall(code)) stack.push(recalled(memo, input, code));
    else if (!remember(memo, stack, input, code) && !skip(input, code)) stack.push(atom(input, code));
  }
}

function finished(stack: readonly Item[]): Map<string, number> {
  const [result] = stack;
  if (stack.length !== 1 || !(result instanceof Map)) throw new MalformedPickle('it holds no dict');
  return result;
}

function top(stack: readonly Item[]): Item | undefined {
  return stack.at(-1);
}

function filled(
  dict: Item | undefined,
  pairs: (readonly [Item | undefined, Item | undefined])[],
): Map<string, number> {
  if (!(dict instanceof Map)) throw new MalformedPickle('it sets entries of something that is no dict');
  for (const [key, value] of pairs) {
    if (typeof key !== 'string' || typeof value !== 'number') {
      throw new MalformedPickle('it holds something else than names and whole numbers');
    }
    dict.set(key, value);
  }
  return dict;
}

function pairsSinceMark(stack: Item[]): [Item | undefined, Item | undefined][] {
  const mark = stack.lastIndexOf(MARK);
  if (mark < 0) throw new MalformedPickle('it is damaged');
  const items = stack.splice(mark).slice(1);
  return Array.from({ length: Math.ceil(items.length / 2) }, (_, i) => [items[2 * i], items[2 * i + 1]]);
}

/** PROTO and FRAME say nothing about the value. */
function skip(input: PickleBytes, code: string): boolean {
  if (code === '\x80') {
    const protocol = input.byte();
    if (protocol > 5) throw new MalformedPickle(`pickle protocol ${protocol} is not known (0 to 5 are)`);
  } else if (code === '\x95') input.take(8);
  else return false;
  return true;
}

function remember(
  memo: Map<number, Item>,
  stack: readonly Item[],
  input: PickleBytes,
  code: string,
): boolean {
  let index: number;
  if (code === '\x94') index = memo.size;
  else if (code === 'q') index = input.byte();
  else if (code === 'r') index = input.integer(4);
  else if (code === 'p') index = input.decimalLine();
  else return false;
  const item = top(stack);
  if (item === undefined || item === MARK) throw new MalformedPickle('it is damaged');
  memo.set(index, item);
  return true;
}

function isRecall(code: string): boolean {
  return code === 'h' || code === 'j' || code === 'g';
}

function recalled(memo: Map<number, Item>, input: PickleBytes, code: string): Item {
  const index = code === 'h' ? input.byte() : code === 'j' ? input.integer(4) : input.decimalLine();
  const item = memo.get(index);
  if (item === undefined) throw new MalformedPickle('it is damaged');
  return item;
}

/** A string or a whole number. */
function atom(input: PickleBytes, code: string): string | number {
  switch (code) {
    case 'X':
      return input.text(input.integer(4));
    case '\x8c':
      return input.text(input.byte());
    case '\x8d':
      return input.text(input.integer(8));
    case 'V':
      return input
        .line()
        .replace(/\\u([0-9a-f]{4})|\\U([0-9a-f]{8})/g, (_, short?: string, long?: string) =>
          character(Number.parseInt(short ?? long ?? '', 16)),
        );
    case 'J':
      return input.integer(4);
    case 'K':
      return input.byte();
    case 'M':
      return input.byte() + 256 * input.byte();
    case '\x8a':
      return input.integer(input.byte());
    case 'I':
    case 'L':
      return input.decimalLine();
    default:
      throw new MalformedPickle(
        `it holds the pickle operation 0x${code.charCodeAt(0).toString(16).padStart(2, '0')}, which a dict of names and numbers does not need`,
      );
  }
}

function character(code: number): string {
  if (code > 0x10ffff) throw new MalformedPickle('it is damaged');
  return String.fromCodePoint(code);
}

class PickleBytes {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  byte(): number {
    return this.take(1)[0]!;
  }

  take(count: number): Uint8Array {
    if (count < 0 || count > this.bytes.length - this.#at) throw new MalformedPickle('it ends too early');
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  /** A little-endian two's complement number. */
  integer(size: number): number {
    const hex = Buffer.from(this.take(size)).reverse().toString('hex');
    const value = Number(BigInt.asIntN(8 * size, BigInt(`0x${hex || '0'}`)));
    if (!Number.isSafeInteger(value)) throw new MalformedPickle('it holds a number that is no epoch');
    return value;
  }

  text(size: number): string {
    return new TextDecoder().decode(this.take(size));
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.#at);
    if (end < 0) throw new MalformedPickle('it ends too early');
    const text = Buffer.from(this.take(end - this.#at)).toString('latin1');
    this.#at++;
    return text;
  }

  decimalLine(): number {
    const line = this.line();
    if (!/^-?\d{1,15}L?$/.test(line)) throw new MalformedPickle('it holds a number that is no epoch');
    return Number.parseInt(line, 10);
  }
}
