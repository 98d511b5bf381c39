import type { GraphNode, Loop, LoopVariable } from '../graph.js';
import { filledFrom } from './list-filling.js';
import { isWhole, setList } from './list-forms.js';
import { type Limit, type LoopPlan, planOf, valuesBehind, type Written } from './loop-plan.js';
import type { Operation } from './operation.js';
import { Unsupported } from './unsupported.js';
import type { Length, Value } from './value.js';

/** A loop that is being translated: what its variables are before, within and after its steps. */
export class LoopReader {
  readonly loop: Loop;
  readonly plan: LoopPlan;
  /** Values that are not the same at every step. */
  readonly changing: ReadonlySet<string>;
  /** How many steps there are, if only counters tell; below 0 for none. */
  readonly steps: Length | undefined;
  /** Whether there is a first step, where not only counters tell. */
  readonly first: Value;
  /** Lists that get one element a step. */
  readonly written: readonly [LoopVariable, Written][];
  /** All variables but those and counters of which the step tells what they are. */
  readonly carried: readonly LoopVariable[];

  constructor(readonly op: Operation) {
    const { control } = op.node;
    if (control?.kind !== 'loop') op.refuse('without a body');
    this.loop = control;
    for (const variable of control.variables) this.bind(variable, this.initial(variable));
    this.first = this.condition();
    this.changing = valuesBehind(control.body.nodes, control.variables);
    this.plan = planOf(control, this.known, (variable) => this.initial(variable).rank === 0);
    this.steps = this.plan.limits && this.stepsTo(this.plan.limits);
    this.written = [...this.plan.written].filter(([variable]) => this.isUniform(variable));
    const kept = new Set(this.written.map(([variable]) => variable));
    this.carried = control.variables.filter((variable) => !kept.has(variable) && !this.isCounted(variable));
  }

  /** What a variable is before the first step. */
  initial({ initial }: LoopVariable): Value {
    return this.op.values.get(initial)!;
  }

  /** Says what a variable is in what is translated next. */
  bind({ value }: LoopVariable, bound: Value): void {
    this.op.values.set(value, bound);
  }

  value(name: string): Value {
    return this.op.values.get(name)!;
  }

  /** What a variable is in the next step. */
  next(variable: LoopVariable): string {
    return this.loop.body.outputs[this.placeOf(variable)]!;
  }

  /** Sets what a variable is after the last step. */
  define(variable: LoopVariable, value: Value): void {
    this.op.define(this.placeOf(variable), value);
  }

  /** Whether a variable is a counter of a loop that only counters end: the number of the step tells what it is. */
  isCounted(variable: LoopVariable): boolean {
    return this.steps !== undefined && this.plan.steps.has(variable);
  }

  /** Whether there is a step, after what the variables are bound to. */
  condition(): Value {
    this.run(this.loop.condition.nodes);
    return this.value(this.loop.condition.outputs[0]!);
  }

  run(nodes: readonly GraphNode[]): void {
    // What cannot be translated is told already.
    if (!this.op.network.translate(nodes)) throw new Unsupported('');
  }

  /** The numbers of a value that is the same at every step. */
  readonly known = (name: string): readonly number[] | undefined => {
    const value = this.changing.has(name) ? undefined : this.op.values.get(name);
    return value && this.op.known(value);
  };

  /** Sets what the counters are after the last step. */
  closeCounters(): void {
    const { op } = this;
    for (const [variable, by] of this.plan.steps) {
      if (!this.isCounted(variable)) continue;
      const passed = op.arithmetic('Max', this.steps!, 0, Math.max);
      const start = op.lengthsOf(this.initial(variable))![0]!;
      op.setLengths(
        this.placeOf(variable),
        [op.add(start, op.multiply(passed, by))],
        0,
        this.initial(variable).dtype,
      );
    }
  }

  /** A list of which the steps wrote an element each. */
  fill(variable: LoopVariable, { node, place }: Written, items: Value): void {
    const { op } = this;
    const { list, dtype } = this.initial(variable);
    if (!list || !isWhole(list)) throw new Error(`${op.node.name} writes to a list that is not whole`);
    const count = this.steps === list.length ? list.length : op.dimsOf(items)[0]!;
    const start = place && op.add(op.lengthsOf(this.initial(place.counter))![0]!, place.offset);
    const step = place ? this.plan.steps.get(place.counter)! : 1;
    const grows = node.attrs.get('resize_if_index_out_of_bounds');
    setList(
      op,
      this.placeOf(variable),
      filledFrom(op, list, { items, count, start, step, grows: grows?.kind === 'bool' && grows.value }),
      dtype,
    );
  }

  /** Whether a list's elements are of one shape: what is put one behind the other may be of different lengths. */
  private isUniform(variable: LoopVariable): boolean {
    const { list } = this.initial(variable);
    const readers = this.op.network.readersOf(variable.result);
    return list !== undefined && isWhole(list) && !readers.some((op) => /Concat(V\d)?$/.test(op));
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

  private placeOf(variable: LoopVariable): number {
    return this.loop.variables.indexOf(variable);
  }
}
