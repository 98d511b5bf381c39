/** What a Python literal can hold, as far as file headers need it. Tuples and lists both become arrays. */
export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>;

/** A text that is no Python literal: `message` says where it stops being one. */
export class LiteralError extends Error {}

/**
 * Reads one Python literal: dict with string keys, list, tuple, string (`u''` and `b''` too), whole number (Python 2's `3L`
 * too), True, False, None. Nothing is evaluated. Throws LiteralError for anything else.
 */
export function parsePythonLiteral(text: string): PythonLiteral {
  const cursor = new Cursor(text);
  const value = parseValue(cursor, 0);
  cursor.skipSpace();
  if (!cursor.done) cursor.fail();
  return value;
}

// Real headers nest four deep at most; a garbled one must not overflow the stack.
const DEEPEST = 32;

class Cursor {
  private at = 0;

  constructor(private readonly text: string) {}

  get done(): boolean {
    return this.at >= this.text.length;
  }

  skipSpace(): void {
    while (/\s/.test(this.text.charAt(this.at))) this.at++;
  }

  /** Steps over the next character other than space if it is this one. */
  accept(character: string): boolean {
    this.skipSpace();
    if (this.text.charAt(this.at) !== character) return false;
    this.at++;
    return true;
  }

  expect(character: string): void {
    if (!this.accept(character)) this.fail();
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    this.skipSpace();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  fail(): never {
    const rest = this.text.slice(this.at, this.at + 20).trimEnd();
    throw new LiteralError(
      rest === '' ? 'it ends too early' : `at character ${this.at}: ${JSON.stringify(rest)}`,
    );
  }
}

function parseValue(cursor: Cursor, depth: number): PythonLiteral {
  if (depth > DEEPEST) cursor.fail();
  if (cursor.accept('{')) return parseDict(cursor, depth);
  if (cursor.accept('[')) return parseItems(cursor, ']', depth).items;
  if (cursor.accept('(')) {
    const { items, comma } = parseItems(cursor, ')', depth);
    // (3) is a number in brackets, (3,) a tuple.
    return items.length === 1 && !comma ? items[0]! : items;
  }
  const number = cursor.match(/[+-]?\d+(?![\w.])|[+-]?\d+(?=L\b)/y);
  if (number) {
    cursor.match(/L/y);
    return Number(number[0]);
  }
  const word = cursor.match(/(?:True|False|None)\b/y);
  if (word) return word[0] === 'None' ? null : word[0] === 'True';
  return parseString(cursor);
}

function parseItems(
  cursor: Cursor,
  close: string,
  depth: number,
): { items: PythonLiteral[]; comma: boolean } {
  const items: PythonLiteral[] = [];
  let comma = false;
  while (!cursor.accept(close)) {
    if (items.length > 0 && !comma) cursor.fail();
    items.push(parseValue(cursor, depth + 1));
    comma = cursor.accept(',');
  }
  return { items, comma };
}

function parseDict(cursor: Cursor, depth: number): Map<string, PythonLiteral> {
  const dict = new Map<string, PythonLiteral>();
  let comma = true;
  while (!cursor.accept('}')) {
    if (!comma) cursor.fail();
    const key = parseString(cursor);
    cursor.expect(':');
    dict.set(key, parseValue(cursor, depth + 1));
    comma = cursor.accept(',');
  }
  return dict;
}

function parseString(cursor: Cursor): string {
  const found = cursor.match(/[uUbB]?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/y);
  if (!found) return cursor.fail();
  return (found[1] ?? found[2] ?? '').replace(/\\(.)/g, '$1');
}
