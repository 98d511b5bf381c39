import type { NodeProto } from '../proto/onnx_pb.js';

/**
 * Path of the module that made a node, outermost first, as far as the exporter tells:
 * - PyTorch's newer exporter writes a `namespace` of `path: class` pairs, the last being the operation;
 * - its older one names the node `/layer1/layer1.0/conv1/Conv`, a container's children repeating its name;
 * - converters from TensorFlow name it `StatefulPartitionedCall/model/dense/MatMul`.
 * Empty where nothing is told.
 */
export function scopeOf(node: NodeProto): string[] {
  const namespace = node.metadataProps.find((entry) => entry.key === 'namespace')?.value;
  if (namespace !== undefined) return scopeOfNamespace(namespace);
  const parts = (node.name ?? '').split('/').slice(0, -1);
  return scopeOfPath(parts.filter((part) => part !== '' && !/^(Stateful)?PartitionedCall/.test(part)));
}

function scopeOfNamespace(namespace: string): string[] {
  const modules = namespace.split('/').slice(0, -1);
  const innermost = modules.at(-1) ?? '';
  const colon = innermost.indexOf(':');
  if (colon < 0) return [];
  const path = innermost.slice(0, colon).trim();
  // A convolution that took up a batch norm carries the norm's scope, which is not its own.
  if (/norm/i.test(innermost.slice(colon + 1))) return [];
  // `fc@1`: the second call of the module `fc`.
  return path.replace(/@\d+/g, '').split('.').filter(Boolean);
}

function scopeOfPath(parts: readonly string[]): string[] {
  const scope: string[] = [];
  let container = '';
  for (const part of parts) {
    const own =
      container !== '' && part.startsWith(`${container}.`) ? part.slice(container.length + 1) : part;
    scope.push(...own.split('.').filter(Boolean));
    container = part;
  }
  return scope;
}
