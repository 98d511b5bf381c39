import type { DType } from '../../../tensor.js';
import type { Loop, LoopVariable } from '../../graph.js';
import { closeLoop, type LoopScope, openLoop } from '../control.js';
import { filledFrom } from '../list-filling.js';
import { elementShape, hasGaps, isWhole, sequence, setList } from '../list-forms.js';
import { type Limit, type LoopPlan, planOf, type Written } from '../loop-plan.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { Unsupported } from '../unsupported.js';
import { commonShape, type Layout, type Length, mergeShapes, type Shape, Value } from '../value.js';

/** Loops. */
export const LOOPS: Family = {
  While: (op) => new LoopTranslation(op).translate(),
  StatelessWhile: (op) => new LoopTranslation(op).translate(),
  // The results of TF1's loops.
  Exit: (op) => op.define(0, op.input(0)),
  RefExit: (op) => op.define(0, op.input(0)),
};

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

class LoopTranslation {
  private readonly loop: Loop;
  private readonly plan: LoopPlan;
  /** How many steps there are, if only counters tell; below 0 for none. */
  private readonly steps: Length | undefined;
  private readonly first: string | undefined;
  private readonly written: [LoopVariable, Written][];
  private readonly carried: LoopVariable[];

  constructor(private readonly op: Operation) {
    const { control } = op.node;
    if (control?.kind !== 'loop') op.refuse('without a body');
    this.loop = control;
    for (const variable of control.variables) this.bind(variable, this.initial(variable));
    const condition = this.condition();
    this.plan = planOf(control, (value) => {
      const found = op.values.get(value);
      return found && op.known(found)?.[0];
    });
    this.steps = this.plan.limits && this.stepsTo(this.plan.limits);
    this.first = this.steps === undefined ? truth(op, condition) : undefined;
    this.written = [...this.plan.written].filter(([variable]) => this.isUniform(variable));
    const kept = new Set(this.written.map(([variable]) => variable));
    this.carried = control.variables.filter((variable) => !kept.has(variable) && !this.isCounted(variable));
  }

  translate(): void {
    const { op } = this;
    let forms = this.carried.map((variable) => this.formAtFirst(variable));
    for (;;) {
      const names = forms.map((form, at) => this.inForm(this.initial(this.carried[at]!), form));
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

  private initial({ initial }: LoopVariable): Value {
    return this.op.values.get(initial)!;
  }

  private bind({ value }: LoopVariable, bound: Value): void {
    this.op.values.set(value, bound);
  }

  private value(name: string): Value {
    return this.op.values.get(name)!;
  }

  /** Whether a variable is a counter of a loop that only counters end: the number of the step tells what it is. */
  private isCounted(variable: LoopVariable): boolean {
    return this.steps !== undefined && this.plan.steps.has(variable);
  }

  /** Whether a list's elements are of one shape: what is put one behind the other may be of different lengths. */
  private isUniform(variable: LoopVariable): boolean {
    const { list } = this.initial(variable);
    const readers = this.op.network.readersOf(variable.result);
    return list !== undefined && isWhole(list) && !readers.some((op) => /Concat(V\d)?$/.test(op));
  }

  private condition(): Value {
    this.run(this.loop.condition.nodes);
    return this.value(this.loop.condition.outputs[0]!);
  }

  private run(nodes: Parameters<Operation['network']['translate']>[0]): void {
    // What cannot be translated is told already.
    if (!this.op.network.translate(nodes)) throw new Unsupported('');
  }

  private stepsTo(limits: readonly Limit[]): Length | undefined {
    const { op } = this;
    let steps: Length | undefined;
    for (const { counter, limit, inclusive } of limits) {
      const [start] = op.lengthsOf(this.initial(counter)) ?? [];
      const [end] = op.lengthsOf(this.value(limit)) ?? [];
      if (start === undefined || end === undefined) return undefined;
      const step = this.plan.steps.get(counter)!;
      const span = op.add(step > 0 ? op.subtract(end, start) : op.subtract(start, end), Number(inclusive));
      const size = Math.abs(step);
      const own = op.divide(op.add(span, size - 1), size);
      steps = steps === undefined || steps === own ? own : op.arithmetic('Min', steps, own, Math.min);
    }
    return steps;
  }

  private formAtFirst(variable: LoopVariable): Form {
    const initial = this.initial(variable);
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
    for (const [at, variable] of this.carried.entries()) {
      const name = scope.state[at]!;
      this.bind(variable, this.ofForm(name, this.initial(variable).dtype, forms[at]!, variable.shape));
    }
    for (const variable of this.plan.steps.keys()) {
      if (this.isCounted(variable)) this.bind(variable, this.counted(variable, scope.step));
    }
    const writes = new Set(this.written.map(([, { node }]) => node));
    this.run(loop.body.nodes.filter((node) => !writes.has(node)));
    const next = this.carried.map((variable) =>
      this.value(loop.body.outputs[loop.variables.indexOf(variable)]!),
    );
    const items = this.written.map(([, { item }]) => this.value(item));
    const names = next.map((value, at) => this.inForm(value, forms[at]!));
    for (const item of items) op.last(item);
    if (this.steps !== undefined) return { next, names, items, again: undefined };
    for (const [at, variable] of this.carried.entries()) this.bind(variable, next[at]!);
    return { next, names, items, again: truth(op, this.condition()) };
  }

  /** A counter's value in a step. */
  private counted(variable: LoopVariable, step: string): Value {
    const { op } = this;
    const initial = this.initial(variable);
    const by = this.plan.steps.get(variable)!;
    const passed = by === 1 ? step : op.emit('Mul', [step, op.onnx.scalar(by, 'int64')]);
    const isZero = op.known(initial)?.[0] === 0;
    const start = isZero ? '' : op.onnx.cast(op.last(initial), 'int64');
    const count = isZero ? passed : op.emit('Add', [passed, start]);
    return op.made(op.onnx.cast(count, initial.dtype), []);
  }

  private close(scope: LoopScope, initial: readonly string[], forms: readonly Form[], made: Made): void {
    const { op, loop } = this;
    const kept = op.onnx.within(scope.scope, () =>
      made.items.map((item) => ({ name: op.last(item), shape: item.shape })),
    );
    const ends = this.steps === undefined ? { first: this.first! } : { count: op.scalar(this.steps) };
    const result = closeLoop(op.onnx, scope, initial, ends, { again: made.again, next: made.names, kept });
    const place = (variable: LoopVariable) => loop.variables.indexOf(variable);
    for (const [at, variable] of this.carried.entries()) {
      const { dtype } = this.initial(variable);
      op.define(place(variable), this.ofForm(result.last[at]!, dtype, forms[at]!, variable.shape));
    }
    for (const [variable, by] of this.plan.steps) {
      if (!this.isCounted(variable)) continue;
      const passed = op.arithmetic('Max', this.steps!, 0, Math.max);
      const start = op.lengthsOf(this.initial(variable))![0]!;
      op.setLengths(
        place(variable),
        [op.add(start, op.multiply(passed, by))],
        0,
        this.initial(variable).dtype,
      );
    }
    for (const [at, [variable, how]] of this.written.entries()) {
      const shape = made.items[at]!.shape;
      this.fill(place(variable), variable, how, op.made(result.kept[at]!, shape && [null, ...shape]));
    }
  }

  /** A list of which the steps wrote an element each. */
  private fill(index: number, variable: LoopVariable, { node, place }: Written, items: Value): void {
    const { op } = this;
    const { list, dtype } = this.initial(variable);
    if (!list || !isWhole(list)) throw new Error(`${op.node.name} writes to a list that is not whole`);
    const count = this.steps === list.length ? list.length : op.dimsOf(items)[0]!;
    const start = place && op.add(op.lengthsOf(this.initial(place.counter))![0]!, place.offset);
    const step = place ? this.plan.steps.get(place.counter)! : 1;
    const grows = node.attrs.get('resize_if_index_out_of_bounds');
    setList(
      op,
      index,
      filledFrom(op, list, { items, count, start, step, grows: grows?.kind === 'bool' && grows.value }),
      dtype,
    );
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
