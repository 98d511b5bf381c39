import type { DataType, OpDef, OpDef_ArgDef } from '../proto/tensorflow_pb.js';
import { type Attrs, attrOf, countOf } from '../savedmodel/flat.js';

/** Element types of the values that an operation reads. */
export function inputTypes(attrs: Attrs, def: OpDef): DataType[] {
  return def.inputArg.flatMap((arg) => typesOf(arg, attrs, def));
}

/** Element types of the values that an operation makes. */
export function outputTypes(attrs: Attrs, def: OpDef): DataType[] {
  return def.outputArg.flatMap((arg) => typesOf(arg, attrs, def));
}

function typesOf(arg: OpDef_ArgDef, attrs: Attrs, def: OpDef): DataType[] {
  if (arg.typeListAttr) {
    const list = attrOf(attrs, arg.typeListAttr, def);
    return list?.case === 'list' ? list.value.type : [];
  }
  const named = arg.typeAttr ? attrOf(attrs, arg.typeAttr, def) : undefined;
  const type = named?.case === 'type' ? named.value : arg.type;
  return new Array<DataType>(countOf(arg, attrs, def)).fill(type);
}

/** The values that an operation makes as functions' nodes name them: `output:index`. */
export function outputNames(attrs: Attrs, def: OpDef): string[] {
  return def.outputArg.flatMap((arg) =>
    Array.from({ length: countOf(arg, attrs, def) }, (_, i) => `${arg.name}:${i}`),
  );
}
