import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as ort from 'onnxruntime-node';
import { afterAll, expect, it } from 'vitest';
import { onnxNode } from '../../src/model/onnx/build.js';
import { withExternalData } from '../../src/model/onnx/external-data.js';
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
} from '../../src/model/proto/onnx_pb.js';
import { savedNetwork } from './networks.js';

const folder = mkdtempSync(join(tmpdir(), 'delve-external-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = savedNetwork(folder, 'inline', {
  nodes: [
    onnxNode('MatMul', ['x', 'w1'], ['a']),
    onnxNode('Relu', ['a'], ['b']),
    onnxNode('MatMul', ['b', 'w2'], ['y']),
  ],
  weights: { w1: [6, 9], w2: [9, 4] },
  input: [null, 6],
  output: { shape: [null, 4] },
});

/** The same network with its weights in a file beside it. */
function external(name: string, location: string): string {
  const proto = fromBinary(ModelProtoSchema, readFileSync(network.model));
  const bytes: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of proto.graph!.initializer) {
    const { rawData = new Uint8Array() } = tensor;
    const places = { location, offset: String(offset), length: String(rawData.length) };
    tensor.externalData = Object.entries(places).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    delete tensor.rawData;
    bytes.push(rawData);
    offset += rawData.length;
  }
  writeFileSync(join(folder, location), Buffer.concat(bytes));
  const path = join(folder, name);
  writeFileSync(path, toBinary(ModelProtoSchema, proto));
  return path;
}

async function outputs(path: string): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4 });
  const { y } = await session.run({ x: new ort.Tensor('float32', network.x.data, network.x.shape) });
  await session.release();
  return y!.data as Float32Array;
}

it('exports a network whose weights are beside it as one file, that is right anywhere', async () => {
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  const [one, other] = ['inline.onnx', 'external.onnx'].map((name) => join(elsewhere, name));
  await network.run({ random: 0, exportTo: one });
  await network.run({ model: external('external.onnx', 'weights.bin'), random: 0, exportTo: other });
  const [plain, projected] = [await outputs(network.model), await outputs(one!)];
  expect(await outputs(other!)).toEqual(projected);
  expect(projected).not.toEqual(plain);
});

it('takes nothing from other folders, and no data that is cut', async () => {
  const graphOf = (path: string) => fromBinary(ModelProtoSchema, readFileSync(path)).graph!;
  const path = external('outside.onnx', 'weights.bin');
  const away = graphOf(path);
  away.initializer[0]!.externalData[0]!.value = '../weights.bin';
  await expect(withExternalData(away, folder)).rejects.toThrow(
    /'\.\.\/weights\.bin', which is not in its folder/,
  );
  const missing = graphOf(path);
  missing.initializer[0]!.externalData[0]!.value = 'gone.bin';
  await expect(withExternalData(missing, folder)).rejects.toThrow(/gone\.bin has weights of the model/);
  writeFileSync(join(folder, 'weights.bin'), new Uint8Array(300));
  await expect(withExternalData(graphOf(path), folder)).rejects.toThrow(/ends before the weight w2 does/);
});
