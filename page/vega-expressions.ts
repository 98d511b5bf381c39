import {
  compileExpression,
  type Evaluate,
  type Functions,
  type Node,
  type Scope,
  type VegaEvent,
} from './interpreter.js';

/** What Vega hands over of an expression. */
interface Expression {
  ast: Node;
}

interface Context {
  functions: Functions;
}

/** A graphical mark that Vega is about to draw. */
type Item = Record<string, unknown> & { datum?: unknown };

type Params = Scope['params'];

/** The option `expr` of Vega's View: how expressions of each kind become functions. */
export const vegaExpressions = {
  /** Of an operator's value. */
  operator(context: Context, { ast }: Expression) {
    const evaluate = compileExpression(ast, context.functions);
    return (params: Params) => evaluate({ params });
  },

  /** Of a parameter of an operator: a function of data. */
  parameter(context: Context, { ast }: Expression) {
    const evaluate = compileExpression(ast, context.functions);
    return (datum: unknown, params: Params) => evaluate({ params, datum });
  },

  /** Of a stream of events, to filter it. */
  event(context: Context, { ast }: Expression) {
    const evaluate = compileExpression(ast, context.functions);
    return (event: VegaEvent) => evaluate({ event });
  },

  /** Of the update that an event causes. */
  handler(context: Context, { ast }: Expression) {
    const evaluate = compileExpression(ast, context.functions);
    return (params: Params, event: VegaEvent) => evaluate({ params, datum: event.item?.datum, event });
  },

  /** Of the channels of a mark; the function tells whether it changed the mark. */
  encode(
    context: Context,
    { marktype, channels }: { marktype: string; channels: Record<string, Expression> },
  ) {
    const evaluates = Object.entries(channels).map(([name, { ast }]): [string, Evaluate] => [
      name,
      compileExpression(ast, context.functions),
    ]);
    const names = new Set(Object.keys(channels));
    return (item: Item, params: Params) => {
      let changed = false;
      for (const [name, evaluate] of evaluates) {
        const value = evaluate({ params, datum: item.datum, item });
        if (item[name] === value) continue;
        item[name] = value;
        changed = true;
      }
      if (marktype !== 'rule') {
        span(item, names, 'x', 'width', marktype);
        span(item, names, 'y', 'height', marktype);
      }
      return changed;
    };
  },
};

const TWO_ENDED = new Set(['group', 'image', 'rect']);

/** Position and extent along an axis, where the second end or the centre (`x2`, `xc`) is given. */
function span(
  item: Item,
  names: ReadonlySet<string>,
  axis: 'x' | 'y',
  extent: 'width' | 'height',
  marktype: string,
): void {
  const second = `${axis}2`;
  const centre = `${axis}c`;
  if (names.has(second)) {
    if (names.has(axis)) {
      const [from, to] = [Number(item[axis]), Number(item[second])];
      if (TWO_ENDED.has(marktype) && from > to) [item[axis], item[second]] = [to, from];
      item[extent] = Number(item[second]) - Number(item[axis]);
    } else {
      item[axis] = Number(item[second]) - Number(item[extent] ?? 0);
    }
  }
  if (names.has(centre)) item[axis] = Number(item[centre]) - Number(item[extent] ?? 0) / 2;
}
