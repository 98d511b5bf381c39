import type { Subgraph } from '../../graph.js';
import { closeConditional } from '../control.js';
import { elementShape, hasGaps, sequence } from '../list-forms.js';
import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';
import { Unsupported } from '../unsupported.js';
import { commonShape, type Layout, Value } from '../value.js';
import { truth } from './loop.js';

/** Choices between graphs. */
export const CONDITIONALS: Family = {
  If: (op) => chooseByTruth(op),
  StatelessIf: (op) => chooseByTruth(op),
  Case: (op) => chooseByNumber(op),
  StatelessCase: (op) => chooseByNumber(op),
  // The results of TF1's conditionals.
  Merge: (op) => merge(op),
};

/** A graph, and what has to be true for it to be chosen before those that follow; the last one needs no reason. */
interface Choice {
  when: () => string;
  graph: Subgraph;
}

function chooseByTruth(op: Operation): void {
  const [otherwise, then] = branchesOf(op);
  const [known] = op.known(op.input(0)) ?? [];
  if (known !== undefined) {
    setAll(op, run(op, known === 0 ? otherwise! : then!));
    return;
  }
  setAll(op, choose(op, [{ when: () => truth(op, op.input(0)), graph: then! }], otherwise!));
}

function chooseByNumber(op: Operation): void {
  const branches = branchesOf(op);
  const [known] = op.known(op.input(0)) ?? [];
  if (known !== undefined) {
    setAll(op, run(op, branches[known] ?? branches.at(-1)!));
    return;
  }
  const index = op.onnx.cast(op.last(op.input(0)), 'int64');
  const choices = branches.slice(0, -1).map((graph, number): Choice => {
    const isIt = () => op.emit('Equal', [index, op.onnx.scalar(number, 'int64')], {}, 'bool');
    return { when: isIt, graph };
  });
  setAll(op, choose(op, choices, branches.at(-1)!));
}

function branchesOf(op: Operation): readonly Subgraph[] {
  const { control } = op.node;
  return control?.kind === 'conditional' ? control.branches : op.refuse('without branches');
}

function merge(op: Operation): void {
  if (op.node.inputs.length > 1) op.refuse('of a conditional that cannot be told');
  op.define(0, op.input(0));
}

function setAll(op: Operation, values: readonly Value[]): void {
  for (const [index, value] of values.entries()) op.define(index, value);
}

function choose(op: Operation, [choice, ...others]: readonly Choice[], otherwise: Subgraph): Value[] {
  if (!choice) return run(op, otherwise);
  const condition = choice.when();
  const [then, rest] = [() => run(op, choice.graph), () => choose(op, others, otherwise)].map((make) => {
    const scope = op.onnx.open('branch');
    return { scope, values: op.onnx.within(scope, make) };
  });
  const forms = then!.values.map((value, at) => formOf(value, rest!.values[at]!));
  const differing = forms.flatMap((form, at) => (form ? [at] : []));
  const results = [then!, rest!].map(({ scope, values }) => ({
    scope,
    outputs: op.onnx.within(scope, () => differing.map((at) => inForm(op, values[at]!, forms[at]!))),
  }));
  const names = closeConditional(op.onnx, condition, [results[0]!, results[1]!]);
  return then!.values.map((value, at) => {
    const form = forms[at];
    return form ? joined(names[differing.indexOf(at)]!, form, value, rest!.values[at]!) : value;
  });
}

function run(op: Operation, { nodes, outputs }: Subgraph): Value[] {
  // What cannot be translated is told already.
  if (!op.network.translate(nodes)) throw new Unsupported('');
  return outputs.map((name) => op.values.get(name)!);
}

/** How both branches can give a value; undefined where it is the same one, made outside of both. */
function formOf(a: Value, b: Value): Layout | 'list' | undefined {
  if (a === b) return undefined;
  if (a.list || b.list) return 'list';
  return a.prefersFirst && b.prefersFirst && a.rank === b.rank ? 'first' : 'last';
}

function inForm(op: Operation, value: Value, form: Layout | 'list'): string {
  if (form !== 'list') return op.in(form, value);
  return sequence(op, value.list ?? op.refuse('of a list and something else'), value.dtype).name;
}

function joined(name: string, form: Layout | 'list', a: Value, b: Value): Value {
  if (form === 'list') {
    const shapes = [a, b].map(({ list }) => list && elementShape(list));
    const gaps = [a, b].some(({ list }) => list && hasGaps(list));
    return new Value(a.dtype, undefined, {
      list: { kind: 'sequence', name, shape: commonShape(shapes), gaps },
    });
  }
  const value = new Value(a.dtype, commonShape([a.shape, b.shape]));
  value.names[form] = name;
  value.primary = form;
  return value;
}
