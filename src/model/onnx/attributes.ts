import type { Attribute } from '../graph.js';
import { type AttributeProto, AttributeProto_AttributeType as Type } from '../proto/onnx_pb.js';

const text = new TextDecoder();

/** A node's attributes in the form that all dialects share. Tensors and subgraphs are kept by name only. */
export function attributesOf(attributes: readonly AttributeProto[]): Map<string, Attribute> {
  return new Map(attributes.map((attribute) => [attribute.name ?? '', attributeOf(attribute)]));
}

function attributeOf(attribute: AttributeProto): Attribute {
  switch (attribute.type) {
    case Type.INT:
      return { kind: 'int', value: Number(attribute.i ?? 0n) };
    case Type.FLOAT:
      return { kind: 'float', value: attribute.f ?? 0 };
    case Type.STRING:
      return { kind: 'string', value: text.decode(attribute.s) };
    case Type.INTS:
      return { kind: 'ints', value: attribute.ints.map(Number) };
    case Type.FLOATS:
      return { kind: 'floats', value: attribute.floats };
    case Type.STRINGS:
      return { kind: 'strings', value: attribute.strings.map((bytes) => text.decode(bytes)) };
    default:
      return { kind: 'other', value: Type[attribute.type ?? Type.UNDEFINED] };
  }
}
