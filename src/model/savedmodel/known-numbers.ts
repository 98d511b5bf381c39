import type { Dim } from '../../tensor.js';
import { dtypeOf } from './elements.js';
import { dataInputs, type FlatNode, nodeOf } from './flat.js';
import { isTrainingFlag, PASSES } from './inference.js';
import { shapeOf, tensorOf } from './tensor-proto.js';

/** A scalar's or vector's elements, where they are known before the network runs; null where one is not. Truth values are 0 and 1. */
export type Numbers = readonly (number | null)[];

/** Conditions on sizes are a dozen operations; this is where looking on would not end. */
const DEEPEST = 32;
const LONGEST = 64;

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  RealDiv: (a, b) => Math.fround(a / b),
  FloorDiv: (a, b) => Math.floor(a / b),
  FloorMod: (a, b) => a - Math.floor(a / b) * b,
  Maximum: Math.max,
  Minimum: Math.min,
  Equal: (a, b) => Number(a === b),
  NotEqual: (a, b) => Number(a !== b),
  Greater: (a, b) => Number(a > b),
  GreaterEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessEqual: (a, b) => Number(a <= b),
};

/**
 * Finds what a small value is before the network runs, from constants and sizes that the file notes; undefined where not
 * even its length is known.
 * @param find the node that makes a value, its inputs being values that `find` takes
 */
export function knownNumbers(
  value: string,
  find: (value: string) => FlatNode | undefined,
  depth = 0,
): Numbers | undefined {
  const node = find(value);
  if (!node || depth > DEEPEST) return undefined;
  const inputs = dataInputs(node);
  const of = (at: number) => knownNumbers(inputs[at] ?? '', find, depth + 1);
  if (node.op === 'Const') return constantNumbers(node);
  if (isTrainingFlag(node)) return [0];
  if (PASSES.has(node.op) || node.op === 'Squeeze') return of(0);
  const compute = BINARY[node.op];
  if (compute) return elementwise(of(0), of(1), (a, b) => (a === null || b === null ? null : compute(a, b)));
  switch (node.op) {
    case 'Cast':
      return cast(node, of(0));
    case 'LogicalNot':
      return of(0)?.map((x) => (x === null ? null : 1 - x));
    case 'LogicalAnd':
      return elementwise(of(0), of(1), (a, b) => all([a, b]));
    case 'LogicalOr':
      return elementwise(of(0), of(1), (a, b) => any([a, b]));
    case 'All':
      return single(of(0), all);
    case 'Any':
      return single(of(0), any);
    case 'Pack':
      return packed(inputs.map((_, at) => of(at)));
    case 'Shape':
      return notedShape(inputs[0] ?? '', find);
    case 'Rank':
      return single(notedShape(inputs[0] ?? '', find), (sizes) => sizes.length);
    case 'StridedSlice':
      return sliced(node, of(0), of(1), of(2), of(3));
    default:
      return undefined;
  }
}

function constantNumbers(node: FlatNode): Numbers | undefined {
  const value = node.attrs.value?.value;
  if (value?.case !== 'tensor') return undefined;
  const dims = shapeOf(value.value.tensorShape) ?? [null];
  if (dims.length > 1 || (dims[0] ?? 0) > LONGEST || dims.includes(null)) return undefined;
  const { data } = tensorOf(value.value, `The node ${node.name}`);
  return Array.isArray(data) ? undefined : Array.from<number | bigint, number>(data, Number);
}

function cast(node: FlatNode, elements: Numbers | undefined): Numbers | undefined {
  const type = node.attrs.DstT?.value;
  const name = type?.case === 'type' ? dtypeOf(type.value) : undefined;
  return elements?.map((x) => (x === null ? null : name?.includes('int') ? Math.trunc(x) : Math.fround(x)));
}

function elementwise(
  a: Numbers | undefined,
  b: Numbers | undefined,
  compute: (a: number | null, b: number | null) => number | null,
): Numbers | undefined {
  if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
  const length = a.length === 1 ? b.length : a.length;
  const at = (list: Numbers, i: number) => list[list.length === 1 ? 0 : i] ?? null;
  return Array.from({ length }, (_, i) => compute(at(a, i), at(b, i)));
}

/** False if one is, whatever the others are. */
function all(elements: Numbers): number | null {
  if (elements.includes(0)) return 0;
  return elements.includes(null) ? null : 1;
}

function any(elements: Numbers): number | null {
  if (elements.some((x) => x !== null && x !== 0)) return 1;
  return elements.includes(null) ? null : 0;
}

function single(list: Numbers | undefined, compute: (list: Numbers) => number | null): Numbers | undefined {
  return list && [compute(list)];
}

function packed(parts: readonly (Numbers | undefined)[]): Numbers | undefined {
  return parts.every((part) => part === undefined || part.length === 1)
    ? parts.map((part) => part?.[0] ?? null)
    : undefined;
}

/** The sizes of a value's axes as its maker notes them. */
function notedShape(
  value: string,
  find: (value: string) => FlatNode | undefined,
): readonly Dim[] | undefined {
  const maker = find(value);
  if (!maker) return undefined;
  const noted = maker.attrs._output_shapes?.value;
  const index = Number(value.slice(nodeOf(value).length + 1));
  if (noted?.case === 'list' && noted.value.shape[index]) return shapeOf(noted.value.shape[index]);
  const own = maker.attrs.shape?.value;
  return maker.op === 'Placeholder' && own?.case === 'shape' ? shapeOf(own.value) : undefined;
}

/** One element or a range of a vector. */
function sliced(
  node: FlatNode,
  list: Numbers | undefined,
  [begin]: Numbers = [],
  [end]: Numbers = [],
  [stride]: Numbers = [],
): Numbers | undefined {
  const bit = (name: string) => {
    const mask = node.attrs[name]?.value;
    return mask?.case === 'i' && mask.value !== 0n;
  };
  if (!list || bit('ellipsis_mask') || bit('new_axis_mask') || stride !== 1) return undefined;
  if (typeof begin !== 'number' || typeof end !== 'number') return undefined;
  if (bit('shrink_axis_mask')) return [list.at(begin) ?? null];
  return list.slice(bit('begin_mask') ? 0 : begin, bit('end_mask') ? undefined : end);
}
