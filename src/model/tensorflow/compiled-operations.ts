import { create } from '@bufbuild/protobuf';
import type { Dim } from '../../tensor.js';
import { type DataType, type FunctionDef, FunctionDefSchema } from '../proto/tensorflow_pb.js';
import { outputShapesOf } from '../savedmodel/attributes.js';
import { dataInputs, type FlatNode, nodeOf, type OpDefs, textOf } from '../savedmodel/flat.js';
import { shapeOf } from '../savedmodel/tensor-proto.js';
import { boolAttr, functionAttr, typesAttr } from './attr.js';
import { inputTypes, outputNames, outputTypes } from './types.js';

/**
 * Operations of functions that XLA is to compile, for which TensorFlow has no other kernel on every device: grouped convolutions,
 * channels-first layouts, XLA's own. Each becomes a call of a function of its own that XLA compiles; all others run as usual, so
 * that what is between them can be tapped.
 */
export class CompiledOperations {
  readonly functions: FunctionDef[] = [];
  private readonly nodes: ReadonlyMap<string, FlatNode>;

  constructor(
    nodes: readonly FlatNode[],
    private readonly opDefs: OpDefs,
    private readonly resolve: (value: string) => string,
  ) {
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
  }

  /** The call that stands for an operation; undefined where it runs as it is. */
  callOf(node: FlatNode): FlatNode | undefined {
    const def = this.opDefs.get(node.op);
    if (!def || !this.needsXla(node)) return undefined;
    const tin = inputTypes(node.attrs, def);
    const tout = outputTypes(node.attrs, def);
    const name = `delve_xla_${this.functions.length}`;
    const { _class, ...attr } = node.attrs;
    this.functions.push(
      create(FunctionDefSchema, {
        signature: { name, inputArg: args('x', tin), outputArg: args('y', tout) },
        nodeDef: [{ name: 'operation', op: node.op, input: tin.map((_, i) => `x${i}`), attr }],
        ret: Object.fromEntries(
          outputNames(node.attrs, def).map((output, i) => [`y${i}`, `operation:${output}`]),
        ),
      }),
    );
    return {
      ...node,
      op: 'StatefulPartitionedCall',
      attrs: {
        Tin: typesAttr(tin),
        Tout: typesAttr(tout),
        f: functionAttr(name),
        _XlaMustCompile: boolAttr(true),
      },
    };
  }

  private needsXla(node: FlatNode): boolean {
    if (node.op === 'Conv2D' && this.isGrouped(node)) return true;
    if (!node.compiled) return false;
    return (
      /^Xla(?!Launch|CallModule)/.test(node.op) ||
      textOf(node.attrs.data_format?.value)?.startsWith('NC') === true
    );
  }

  /** More channels in the data than the kernel has. */
  private isGrouped(node: FlatNode): boolean {
    const [data = '', kernel = ''] = dataInputs(node);
    const first = textOf(node.attrs.data_format?.value)?.startsWith('NC');
    const channels = this.shapeOf(data)?.at(first ? 1 : -1);
    const taken = this.shapeOf(kernel)?.at(-2);
    if (channels == null || taken == null) return node.compiled === true;
    return channels !== taken;
  }

  private shapeOf(value: string): readonly Dim[] | undefined {
    const made = this.resolve(value);
    const node = this.nodes.get(nodeOf(made));
    if (!node) return undefined;
    const [noted] = outputShapesOf(node, [made]);
    if (noted) return noted;
    if (node.op === 'ReadVariableOp') return this.shapeOf(node.inputs[0] ?? '');
    const own = node.attrs.shape?.value;
    return own?.case === 'shape' ? shapeOf(own.value) : undefined;
  }
}

function args(letter: string, types: readonly DataType[]): { name: string; type: DataType }[] {
  return types.map((type, i) => ({ name: `${letter}${i}`, type }));
}
