import { codegenExpression, parseExpression } from 'vega';
import { describe, expect, it } from 'vitest';
import { compileExpression, type Node } from '../../page/interpreter.js';

const DATUM = { layer: "conv 'x'", value: 0.25, empty: null, list: [1, 2, 3], 'a b': { c: -3 } };
const SIGNALS = { width: 300, height: 200, step: 7 };

/** Expressions of the kinds that Vega-Lite writes, and the operators and functions besides. */
const EXPRESSIONS = [
  'width * 0.7',
  'height - (step + 2) / 3 % 2',
  '-datum.value + +"2"',
  'datum["value"] > 0.2 && datum["layer"] !== null ? "big" : "small"',
  'datum.empty == null || datum.none === undefined',
  '!(datum.value >= 0.25) != true',
  'datum["a b"].c < 0',
  'datum["a b"]["c"] <= -3',
  '[datum.value, width, "x"]',
  '{a: datum.value, "b c": [width], d: {e: 1}}',
  'isNaN(NaN) && !isFinite(1/0) && isFinite(datum.value)',
  'max(1, width, 3) + min(4, step) + abs(-2) + pow(2, 10) + sqrt(16)',
  'floor(2.7) + ceil(2.1) + round(2.5) + log(E) + exp(0)',
  'clamp(width, 0, 100) + clamp(-1, 0, 100)',
  'if(datum.value > 1, "one", upper(trim("  two ")) + lower("THREE"))',
  'length(datum.list) + datum.list[1] + length(datum.layer)',
  'PI * 2 + LN2',
  '"\\u003c\\"quoted\\""',
];

/** As Vega hands it over: plain data. */
function parse(expression: string): Node {
  return JSON.parse(JSON.stringify(parseExpression(expression)));
}

describe('the interpreter of Vega expressions', () => {
  const generate = codegenExpression({
    allowed: ['datum'],
    forbidden: [],
    globalvar: 'signals',
    fieldvar: 'datum',
  });

  it.each(EXPRESSIONS)('means what the code that Vega writes does: %s', (expression) => {
    const { code } = generate(parseExpression(expression));
    const wanted = new Function('datum', 'signals', `return ${code}`)(DATUM, SIGNALS);
    const params = Object.fromEntries(Object.entries(SIGNALS).map(([name, value]) => [`$${name}`, value]));
    expect(compileExpression(parse(expression), {})({ params, datum: DATUM })).toEqual(wanted);
  });

  it('calls the functions that Vega brings, by their short names, too', () => {
    const functions = {
      scale(this: unknown, ...args: unknown[]) {
        return [this === functions, ...args];
      },
    };
    for (const expression of ['scale("x", datum.value)', '_scale("x", datum.value)']) {
      expect(compileExpression(parse(expression), functions)({ datum: DATUM })).toEqual([true, 'x', 0.25]);
    }
  });

  it.each(['now()', 'datum.value >>> 1', '~width'])('names what it does not cover: %s', (expression) => {
    expect(() => compileExpression(parse(expression), {})).toThrow(/not covered/);
  });
});
