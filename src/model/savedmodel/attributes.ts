import type { Dim } from '../../tensor.js';
import type { Attribute } from '../graph.js';
import type { AttrValue, OpDef } from '../proto/tensorflow_pb.js';
import { dtypeOf } from './elements.js';
import { type FlatNode, indexOf } from './flat.js';
import { shapeOf, tensorOf } from './tensor-proto.js';

const TEXT = new TextDecoder();

/**
 * A node's attributes, those included that the file leaves out because they equal the operation's defaults.
 * Names that start with `_` are TensorFlow's own notes and are left out.
 */
export function attributesOf(node: FlatNode, def: OpDef | undefined): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  const types = new Map<string, string>();
  for (const attr of def?.attr ?? []) {
    types.set(attr.name, attr.type);
    if (attr.defaultValue) add(attributes, attr.name, attr.defaultValue, attr.type, node);
  }
  for (const [name, value] of Object.entries(node.attrs)) {
    if (!name.startsWith('_')) add(attributes, name, value, types.get(name), node);
  }
  return attributes;
}

function add(
  attributes: Map<string, Attribute>,
  name: string,
  value: AttrValue,
  type: string | undefined,
  node: FlatNode,
): void {
  const attribute = attributeOf(value.value, type, node);
  if (attribute) attributes.set(name, attribute);
}

function attributeOf(
  value: AttrValue['value'],
  type: string | undefined,
  node: FlatNode,
): Attribute | undefined {
  switch (value.case) {
    case 'i':
      return { kind: 'int', value: Number(value.value) };
    case 'f':
      return { kind: 'float', value: value.value };
    case 'b':
      return { kind: 'bool', value: value.value };
    case 's':
      return { kind: 'string', value: TEXT.decode(value.value) };
    case 'type':
      return { kind: 'type', value: dtypeOf(value.value) };
    case 'shape':
      return { kind: 'shape', value: shapeOf(value.value) };
    case 'tensor':
      return { kind: 'tensor', value: tensorOf(value.value, `The node ${node.name}`) };
    case 'func':
      return { kind: 'other', value: value.value.name };
    case 'placeholder':
      return { kind: 'other', value: value.value };
    case 'list':
      return listOf(value.value, type);
    default:
      return undefined;
  }
}

function listOf(
  list: Extract<AttrValue['value'], { case: 'list' }>['value'],
  type: string | undefined,
): Attribute {
  if (list.i.length > 0) return { kind: 'ints', value: list.i.map(Number) };
  if (list.f.length > 0) return { kind: 'floats', value: list.f };
  if (list.s.length > 0) return { kind: 'strings', value: list.s.map((bytes) => TEXT.decode(bytes)) };
  if (list.type.length > 0) return { kind: 'types', value: list.type.map(dtypeOf) };
  if (list.b.length > 0) return { kind: 'ints', value: list.b.map(Number) };
  if (list.func.length > 0) return { kind: 'other', value: list.func.map((func) => func.name).join(', ') };
  // An empty list does not tell what it is a list of; the operation's definition does.
  if (type?.startsWith('list(float')) return { kind: 'floats', value: [] };
  if (type?.startsWith('list(string')) return { kind: 'strings', value: [] };
  if (type?.startsWith('list(type')) return { kind: 'types', value: [] };
  if (type?.startsWith('list(int')) return { kind: 'ints', value: [] };
  return { kind: 'other', value: 'list' };
}

/** Shapes of a node's outputs, as far as the file notes them. */
export function outputShapesOf(node: FlatNode, outputs: readonly string[]): (readonly Dim[] | undefined)[] {
  const noted = node.attrs._output_shapes?.value;
  const shapes = noted?.case === 'list' ? noted.value.shape : [];
  return outputs.map((value) => {
    const shape = shapes[indexOf(value)];
    return shape && shapeOf(shape);
  });
}
