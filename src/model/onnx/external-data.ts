import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { UserError } from '../../errors.js';
import {
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
} from '../proto/onnx_pb.js';

/** Where a tensor's bytes are, in a file beside the model's. */
interface Place {
  location: string;
  offset: number;
  /** undefined: to the end of the file */
  length: number | undefined;
}

/** Bytes of the graph's tensors that are kept in other files, as far as these tell. */
export function externalBytes(graph: GraphProto): number {
  return externalTensors(graph).reduce((sum, tensor) => sum + (placeOf(tensor).length ?? 0), 0);
}

/**
 * The graph with those of its tensors in it that are kept in other files; loops and branches included.
 * @param folder what the files' names are relative to
 * @throws UserError for files that are missing, too short, or outside of the folder
 */
export async function withExternalData(graph: GraphProto, folder: string): Promise<GraphProto> {
  const files = new Map<string, FileHandle>();
  try {
    const read = new Map<TensorProto, TensorProto>();
    for (const tensor of externalTensors(graph)) {
      const { location } = placeOf(tensor);
      const file = files.get(location) ?? (await openBeside(folder, location));
      files.set(location, file);
      const rawData = await bytesOf(tensor, file, join(folder, location));
      read.set(tensor, {
        ...tensor,
        rawData,
        externalData: [],
        dataLocation: TensorProto_DataLocation.DEFAULT,
      });
    }
    return replaced(graph, (tensor) => read.get(tensor) ?? tensor);
  } finally {
    for (const file of files.values()) await file.close();
  }
}

function externalTensors(graph: GraphProto): TensorProto[] {
  const found: TensorProto[] = [];
  replaced(graph, (tensor) => {
    if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) found.push(tensor);
    return tensor;
  });
  return found;
}

function placeOf({ externalData }: TensorProto): Place {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const length = entries.get('length');
  return {
    location: entries.get('location') ?? '',
    offset: Number(entries.get('offset') ?? 0),
    length: length === undefined ? undefined : Number(length),
  };
}

async function openBeside(folder: string, location: string): Promise<FileHandle> {
  const path = normalize(location);
  // A model may come from anywhere: it names files beside itself, no others.
  if (isAbsolute(path) || path.startsWith('..') || location === '')
    throw new UserError(
      `the model keeps weights in '${location}', which is not in its folder ${folder}; export it again with its data beside it`,
    );
  return open(join(folder, path)).catch((error: Error) => {
    throw new UserError(
      `${join(folder, path)} has weights of the model and cannot be read (${error.message})`,
      {
        cause: error,
      },
    );
  });
}

async function bytesOf(tensor: TensorProto, file: FileHandle, path: string): Promise<Uint8Array> {
  const { offset, length } = placeOf(tensor);
  const bytes = new Uint8Array(length ?? (await file.stat()).size - offset);
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, offset + read);
    if (bytesRead === 0)
      throw new UserError(
        `${path} ends before the weight ${tensor.name} does (${bytes.length} bytes from ${offset}); copy the model's data anew`,
      );
    read += bytesRead;
  }
  return bytes;
}

/** The graph with other tensors. */
function replaced(graph: GraphProto, other: (tensor: TensorProto) => TensorProto): GraphProto {
  const attribute = (each: AttributeProto): AttributeProto => ({
    ...each,
    ...(each.t && { t: other(each.t) }),
    tensors: each.tensors.map(other),
    ...(each.g && { g: replaced(each.g, other) }),
    graphs: each.graphs.map((inner) => replaced(inner, other)),
  });
  const node = (each: NodeProto): NodeProto =>
    each.attribute.length === 0 ? each : { ...each, attribute: each.attribute.map(attribute) };
  return { ...graph, initializer: graph.initializer.map(other), node: graph.node.map(node) };
}
