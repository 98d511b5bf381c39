import { clone, create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
} from '../proto/onnx_pb.js';

/** Functions that call each other deeper than this call themselves. */
const DEEPEST = 64;

type Functions = ReadonlyMap<string, FunctionProto>;

/**
 * Writes out the functions that a file defines and calls, so that their layers are found and tapped as any others. What they make is
 * named by the call, `CALL/VALUE`. A function that needs another version of an operator set than the file stays as it is.
 */
export function inlineFunctions(proto: ModelProto): ModelProto {
  if (!proto.graph || proto.functions.length === 0) return proto;
  const versions = new Map(proto.opsetImport.map(({ domain, version }) => [domain ?? '', version]));
  const functions = new Map<string, FunctionProto>();
  for (const each of proto.functions) {
    const fits = each.opsetImport.every(
      ({ domain, version }) => (versions.get(domain ?? '') ?? version) === version,
    );
    if (fits) functions.set(`${each.domain ?? ''}.${each.name}`, each);
  }
  const imports = [...functions.values()].flatMap((each) => each.opsetImport);
  for (const { domain, version } of imports) {
    const name = domain ?? '';
    if (versions.has(name)) continue;
    versions.set(name, version);
  }
  const opsetImport = [...versions].map(([domain, version]) =>
    create(OperatorSetIdProtoSchema, { domain, ...(version === undefined ? {} : { version }) }),
  );
  return { ...proto, opsetImport, graph: inlinedIn(proto.graph, functions, 0) };
}

function inlinedIn(graph: GraphProto, functions: Functions, depth: number): GraphProto {
  return { ...graph, node: graph.node.flatMap((node, index) => inlined(node, index, functions, depth)) };
}

function inlined(node: NodeProto, index: number, functions: Functions, depth: number): NodeProto[] {
  const called = functions.get(`${node.domain ?? ''}.${node.opType}`);
  if (!called || depth > DEEPEST) return [withInlinedBranches(node, functions, depth)];
  const prefix = `${node.name || `${node.opType}_${index}`}/`;
  const names = new Map<string, string>([['', '']]);
  for (const [at, name] of called.input.entries()) names.set(name, node.input[at] ?? '');
  for (const [at, name] of called.output.entries()) {
    // An output that is left out is still made.
    names.set(name, node.output[at] || `${prefix}${name}`);
  }
  const given = new Map([...called.attributeProto, ...node.attribute].map((each) => [each.name ?? '', each]));
  const copies = called.node.map((inner) => renamed(inner, prefix, names, given));
  return copies.flatMap((copy, at) => inlined(copy, at, functions, depth + 1));
}

/** A function's node as the caller has it: its values renamed, its attributes given. */
function renamed(
  node: NodeProto,
  prefix: string,
  names: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, AttributeProto>,
): NodeProto {
  const rename = (name: string) => names.get(name) ?? `${prefix}${name}`;
  const attribute = node.attribute.flatMap((each): AttributeProto[] => {
    if (!each.refAttrName) return [withRenamedGraphs(each, prefix, names, given)];
    const value = given.get(each.refAttrName);
    return value ? [{ ...clone(AttributeProtoSchema, value), name: each.name ?? '' }] : [];
  });
  return {
    ...clone(NodeProtoSchema, node),
    name: `${prefix}${node.name || node.opType}`,
    input: node.input.map(rename),
    output: node.output.map(rename),
    attribute,
  };
}

/** In branches and bodies, what these make and define themselves keeps its name. */
function withRenamedGraphs(
  attribute: AttributeProto,
  prefix: string,
  names: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, AttributeProto>,
): AttributeProto {
  if (!attribute.g) return attribute;
  const graph = attribute.g;
  const own = [...graph.input, ...graph.initializer].map((each) => each.name ?? '');
  const made = graph.node.flatMap((node) => node.output);
  const inner = new Map([...names, ...[...own, ...made].map((name): [string, string] => [name, name])]);
  const node = graph.node.map((each) => ({ ...renamed(each, prefix, inner, given), output: each.output }));
  const output = graph.output.map((each) => ({
    ...each,
    name: inner.get(each.name ?? '') ?? `${prefix}${each.name}`,
  }));
  return { ...attribute, g: { ...graph, node, output } };
}

function withInlinedBranches(node: NodeProto, functions: Functions, depth: number): NodeProto {
  if (!node.attribute.some(({ g }) => g)) return node;
  const attribute = node.attribute.map((each) =>
    each.g ? { ...each, g: inlinedIn(each.g, functions, depth) } : each,
  );
  return { ...node, attribute };
}
