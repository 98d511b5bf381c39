import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { outputOf, type Session } from '../../src/engines/engine.js';
import { runtimeOptions } from '../../src/engines/onnx/create-session.js';
import { onnxEngine } from '../../src/engines/onnx/engine.js';
import type { Graph, GraphNode } from '../../src/model/graph.js';
import { openModel } from '../../src/model/open.js';
import { ModelProtoSchema } from '../../src/model/proto/onnx_pb.js';
import { translateToOnnx } from '../../src/model/translate/translate.js';

async function load(path: string, taps: readonly string[]): Promise<Session> {
  const engine = await onnxEngine.start({ threads: 1, device: 'cpu' });
  const values = taps.map((value) => ({ value }));
  return engine.load(await openModel(path), values, { optimize: true, padded: false });
}

describe('the onnx engine', () => {
  it('does not let the pool take up a padding with zeros', async () => {
    const session = await load('fixtures/onnx/pad-before-pool.onnx', ['y']);
    const x = { dtype: 'float32', shape: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) } as const;
    const [y] = await session.run(new Map([['x', x]]));
    expect(y).toEqual({ data: Float32Array.of(0, 0, 0, 0), shape: [1, 1, 2, 2] });
    await session.close();
  });

  it('takes half floats where a SavedModel does, and computes them in float32', async () => {
    const node: GraphNode = {
      name: 'y',
      op: 'Neg',
      inputs: ['x:0'],
      outputs: ['y:0'],
      attrs: new Map(),
      outputShapes: [[null, 3]],
      scope: [],
    };
    const graph: Graph = {
      dialect: 'tensorflow',
      nodes: [node],
      inputs: [{ key: 'x', value: 'x:0', dtype: 'float16', shape: [null, 3] }],
      outputs: [{ key: 'y', value: 'y:0' }],
      constants: new Map(),
    };
    const { model, values } = translateToOnnx(graph, ['y:0']);
    const engine = await onnxEngine.start({ threads: 1, device: 'cpu' });
    const session = await engine.load(
      {
        path: 'halves',
        format: 'savedmodel',
        inputs: graph.inputs,
        outputs: graph.outputs,
        layers: [],
        skipped: [],
        hash: async () => '',
        toOnnx: () => ({
          proto: model,
          folder: undefined,
          taps: new Map(values),
          batchFirst: true,
          notes: [],
        }),
      },
      [{ value: 'y:0' }],
      { optimize: true, padded: false },
    );
    // 1, -2 and 0.5 as binary16
    const x = { dtype: 'float16', shape: [1, 3], data: Uint16Array.of(0x3c00, 0xc000, 0x3800) } as const;
    const [y] = await session.run(new Map([['x', x]]));
    expect(y).toEqual({ data: Float32Array.of(-1, 2, -0.5), shape: [1, 3] });
    await session.close();
  });

  it('tells shapes before a run, the batch being open', async () => {
    const session = await load('fixtures/onnx/convolutions.folded.onnx', ['y']);
    expect(session.taps).toEqual([
      { shape: [null, 4], dtype: 'float32', channelsFirst: false, batchAxis: 0, reduced: false },
    ]);
    await session.close();
  });

  it('fills the arrays of the batch before again, not those of another size', async () => {
    const session = await load('fixtures/onnx/shared.folded.onnx', ['y']);
    const batch = (samples: number, value: number) =>
      new Map(
        [
          ['left', 4],
          ['right', 3],
        ].map(([key, width]) => [
          String(key),
          {
            dtype: 'float32' as const,
            shape: [samples, Number(width)],
            data: new Float32Array(samples * Number(width)).fill(value),
          },
        ]),
      );
    const [first] = await session.run(batch(5, 1));
    const kept = Float32Array.from(outputOf(first).data);
    const [second] = await session.run(batch(5, 2));
    expect(outputOf(second).data).not.toEqual(kept);
    const [third] = await session.run(batch(2, 1));
    expect(outputOf(third).shape).toEqual([2, 6]);
    expect(Float32Array.from(outputOf(third).data)).toEqual(kept.slice(0, 12));
    await session.close();
  });

  it('tells of an index beyond a table in one sentence, without lines of onnxruntime', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'delve-onnx-'));
    const path = join(folder, 'table.onnx');
    await writeFile(path, toBinary(ModelProtoSchema, TABLE));
    try {
      const session = await load(path, ['y']);
      const ids = { dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, 9n) } as const;
      await expect(session.run(new Map([['ids', ids]]))).rejects.toThrow(
        /table\.onnx: the data leads to the index 9 into a table that has 0 to 4 \(the operation lookup\); give data/,
      );
      await session.close();
      const script = `
        const { InferenceSession, Tensor } = require('onnxruntime-node');
        const options = ${JSON.stringify(runtimeOptions({ threads: 1, optimize: true, provider: 'cpu' }))};
        const ids = new Tensor('int64', BigInt64Array.of(9n), [1]);
        InferenceSession.create(${JSON.stringify(path)}, options)
          .then((session) => session.run({ ids }))
          .catch((error) => console.log(error.message));`;
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script]);
      expect(stdout).toContain('out of data bounds');
      expect(stderr).toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Rows of a table of five, by their numbers. */
const TABLE = create(ModelProtoSchema, {
  irVersion: 8n,
  opsetImport: [{ domain: '', version: 17n }],
  graph: {
    name: 'table',
    node: [{ opType: 'Gather', name: 'lookup', input: ['table', 'ids'], output: ['y'] }],
    initializer: [{ name: 'table', dims: [5n, 2n], dataType: 1, floatData: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }],
    input: [infoOf('ids', 7, [undefined])],
    output: [infoOf('y', 1, [undefined, 2])],
  },
});

function infoOf(name: string, elemType: number, dims: (number | undefined)[]) {
  const dim = dims.map((size) => ({
    value:
      size === undefined
        ? { case: 'dimParam' as const, value: 'n' }
        : { case: 'dimValue' as const, value: BigInt(size) },
  }));
  return { name, type: { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } } };
}
