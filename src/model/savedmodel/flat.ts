import { type Control, graphsOf } from '../graph.js';
import type { AttrValue, OpDef, OpDef_ArgDef } from '../proto/tensorflow_pb.js';

/** Attributes of a node by name, as the format writes them. */
export type Attrs = Readonly<Record<string, AttrValue>>;

/** A node after inlining: its name is unique in the whole, and its inputs are values `node:index` (or `^node`). */
export interface FlatNode {
  name: string;
  op: string;
  inputs: string[];
  attrs: Attrs;
  /** Where it was traced: name scopes of the calls around it and its own, outermost first. */
  scope: string[];
  /** Whether it is in a function that XLA is to compile: there may be no other kernel for it. */
  compiled?: true;
  /** Whether it reads a variable that was assigned before: what is saved is another value. */
  assigned?: true;
  /** What a loop or conditional runs, where that was asked for. */
  control?: Control<FlatNode>;
  /** The values it makes, where not all `name:index` are needed; '' for one that is not. */
  outputs?: string[];
}

/** What the operations of this file look like, by name (`stripped_op_list`). */
export type OpDefs = ReadonlyMap<string, OpDef>;

/** Which output of its node a value is. */
export function indexOf(value: string): number {
  return Number(value.slice(value.lastIndexOf(':') + 1));
}

/** The node that makes a value (or that a control input names). */
export function nodeOf(value: string): string {
  const name = value.startsWith('^') ? value.slice(1) : value;
  const colon = name.lastIndexOf(':');
  return colon < 0 ? name : name.slice(0, colon);
}

export function isControl(value: string): boolean {
  return value.startsWith('^');
}

export function dataInputs(node: FlatNode): string[] {
  return node.inputs.filter((value) => !isControl(value));
}

/** All values that a node reads of the graph that it stands in, with those that are only read inside what it runs, and some of inside. */
export function valuesRead(node: FlatNode): string[] {
  const inner = graphsOf(node.control).flatMap(({ nodes, outputs }) => [
    ...nodes.flatMap(valuesRead),
    ...outputs,
  ]);
  return [...dataInputs(node), ...inner];
}

/** An attribute, or the default that its operation gives it: files leave out what equals the default. */
export function attrOf(attrs: Attrs, name: string, def: OpDef | undefined): AttrValue['value'] | undefined {
  return attrs[name]?.value ?? def?.attr.find((attr) => attr.name === name)?.defaultValue?.value;
}

/** How many values an argument of an operation stands for: one, or as many as an attribute says. */
export function countOf(arg: OpDef_ArgDef, attrs: Attrs, def: OpDef): number {
  if (arg.numberAttr) {
    const number = attrOf(attrs, arg.numberAttr, def);
    return number?.case === 'i' ? Number(number.value) : 0;
  }
  if (arg.typeListAttr) {
    const types = attrOf(attrs, arg.typeListAttr, def);
    return types?.case === 'list' ? types.value.type.length : 0;
  }
  return 1;
}

const TEXT = new TextDecoder();

/** A string attribute, or undefined. */
export function textOf(value: AttrValue['value'] | undefined): string | undefined {
  return value?.case === 's' ? TEXT.decode(value.value) : undefined;
}
