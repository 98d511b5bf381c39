import type { DType } from '../../../tensor.js';
import type { LoopVariable } from '../../graph.js';
import { closeLoop, type LoopScope, openLoop } from '../control.js';
import { elementShape, hasGaps, sequence } from '../list-forms.js';
import { LoopReader } from '../loop-reader.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { commonShape, type Layout, mergeShapes, type Shape, Value } from '../value.js';
import { translateRecurrent } from './recurrent.js';

/** Loops. */
export const LOOPS: Family = {
  While: translateLoop,
  StatelessWhile: translateLoop,
  // The results of TF1's loops.
  Exit: (op) => op.define(0, op.input(0)),
};

function translateLoop(op: Operation): void {
  const loop = new LoopReader(op);
  if (!translateRecurrent(loop)) new CarryingLoop(loop).translate();
}

/** What a variable that is carried from step to step is in each of them. */
interface Form {
  shape: Shape | undefined;
  layout: Layout;
  /** For a list, which is carried as a sequence: whether it may have gaps. */
  gaps: boolean | undefined;
}

/** What a step made. */
interface Made {
  next: Value[];
  names: string[];
  items: Value[];
  again: string | undefined;
}

/** A loop as ONNX's own, which carries what changes from step to step. */
class CarryingLoop {
  private readonly op: Operation;

  constructor(private readonly loop: LoopReader) {
    this.op = loop.op;
  }

  translate(): void {
    const { op } = this;
    let forms = this.loop.carried.map((variable) => this.formAtFirst(variable));
    for (;;) {
      const names = forms.map((form, at) => this.inForm(this.loop.initial(this.loop.carried[at]!), form));
      const scope = openLoop(op.onnx, names);
      const made = op.onnx.within(scope.scope, () => this.step(scope, forms));
      const wider = forms.map((form, at) => widened(form, made.next[at]!));
      if (forms.every((form, at) => isSame(form, wider[at]!))) {
        this.close(scope, names, forms, made);
        return;
      }
      // What was taken for granted of a variable holds in the first step only.
      forms = wider;
    }
  }

  private formAtFirst(variable: LoopVariable): Form {
    const initial = this.loop.initial(variable);
    const { list } = initial;
    if (!list) return { shape: initial.shape, layout: layoutOf(initial), gaps: undefined };
    const { shape, gaps } = sequence(this.op, list, initial.dtype);
    return { shape, layout: 'last', gaps };
  }

  /** A value, or a list, as a variable is carried. */
  private inForm(value: Value, { layout }: Form): string {
    const { op } = this;
    return value.list ? sequence(op, value.list, value.dtype).name : op.in(layout, value);
  }

  private ofForm(name: string, dtype: DType, { shape, layout, gaps }: Form, told: Shape | undefined): Value {
    if (gaps !== undefined) {
      return new Value(dtype, undefined, { list: { kind: 'sequence', name, shape, gaps } });
    }
    const value = new Value(dtype, mergeShapes(shape, told));
    value.names[layout] = name;
    value.primary = layout;
    return value;
  }

  private step(scope: LoopScope, forms: readonly Form[]): Made {
    const { op, loop } = this;
    for (const [at, variable] of loop.carried.entries()) {
      const name = scope.state[at]!;
      loop.bind(variable, this.ofForm(name, loop.initial(variable).dtype, forms[at]!, variable.shape));
    }
    for (const variable of loop.plan.steps.keys()) {
      if (loop.isCounted(variable)) loop.bind(variable, this.counted(variable, scope.step));
    }
    const writes = new Set(loop.written.map(([, { node }]) => node));
    loop.run(loop.loop.body.nodes.filter((node) => !writes.has(node)));
    const next = loop.carried.map((variable) => loop.value(loop.next(variable)));
    const items = loop.written.map(([, { item }]) => loop.value(item));
    const names = next.map((value, at) => this.inForm(value, forms[at]!));
    for (const item of items) op.last(item);
    if (loop.steps !== undefined) return { next, names, items, again: undefined };
    for (const [at, variable] of loop.carried.entries()) loop.bind(variable, next[at]!);
    return { next, names, items, again: truth(op, loop.condition()) };
  }

  /** A counter's value in a step. */
  private counted(variable: LoopVariable, step: string): Value {
    const { op } = this;
    const initial = this.loop.initial(variable);
    const by = this.loop.plan.steps.get(variable)!;
    const passed = by === 1 ? step : op.emit('Mul', [step, op.onnx.scalar(by, 'int64')]);
    const isZero = op.known(initial)?.[0] === 0;
    const start = isZero ? '' : op.onnx.cast(op.last(initial), 'int64');
    const count = isZero ? passed : op.emit('Add', [passed, start]);
    return op.made(op.onnx.cast(count, initial.dtype), []);
  }

  private close(scope: LoopScope, initial: readonly string[], forms: readonly Form[], made: Made): void {
    const { op } = this;
    const kept = op.onnx.within(scope.scope, () =>
      made.items.map((item) => ({ name: op.last(item), shape: item.shape })),
    );
    const ends =
      this.loop.steps === undefined
        ? { first: truth(op, this.loop.first) }
        : { count: op.scalar(this.loop.steps) };
    const result = closeLoop(op.onnx, scope, initial, ends, { again: made.again, next: made.names, kept });
    for (const [at, variable] of this.loop.carried.entries()) {
      const { dtype } = this.loop.initial(variable);
      this.loop.define(variable, this.ofForm(result.last[at]!, dtype, forms[at]!, variable.shape));
    }
    this.loop.closeCounters();
    for (const [at, [variable, how]] of this.loop.written.entries()) {
      const shape = made.items[at]!.shape;
      this.loop.fill(variable, how, op.made(result.kept[at]!, shape && [null, ...shape]));
    }
  }
}

function layoutOf(value: Value): Layout {
  return value.prefersFirst && (value.rank ?? 0) > 2 ? 'first' : 'last';
}

/** What holds both for a form and for what comes after a step. */
function widened(form: Form, next: Value): Form {
  const { list } = next;
  if (form.gaps !== undefined) {
    const shape = commonShape([form.shape, list && elementShape(list)]);
    return { shape, layout: 'last', gaps: form.gaps || (list !== undefined && hasGaps(list)) };
  }
  const shape = commonShape([form.shape, next.shape]);
  const layout = shape && shape.length > 2 && layoutOf(next) === 'first' ? 'first' : form.layout;
  return { shape, layout: shape ? layout : 'last', gaps: undefined };
}

function isSame(a: Form, b: Form): boolean {
  return a.layout === b.layout && a.gaps === b.gaps && a.shape?.join() === b.shape?.join();
}

/** A condition as ONNX wants it. */
export function truth(op: Operation, value: Value): string {
  return op.onnx.cast(op.last(value), 'bool');
}
