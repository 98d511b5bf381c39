import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/engines/engine.js';
import { onnxEngine } from '../../src/engines/onnx.js';
import { openModel } from '../../src/model/open.js';

async function load(path: string, taps: readonly string[]): Promise<Session> {
  return onnxEngine.load(await openModel(path), taps, { threads: 1, optimize: true });
}

describe('the onnx engine', () => {
  it('does not let the pool take up a padding with zeros', async () => {
    const session = await load('fixtures/onnx/pad-before-pool.onnx', ['y']);
    const x = { dtype: 'float32', shape: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) } as const;
    const [y] = await session.run(new Map([['x', x]]));
    expect(y).toEqual({ data: Float32Array.of(0, 0, 0, 0), shape: [1, 1, 2, 2] });
    await session.close();
  });

  it('tells shapes before a run, the batch being open', async () => {
    const session = await load('fixtures/onnx/convolutions.folded.onnx', ['y']);
    expect(session.taps).toEqual([
      { shape: [null, 4], dtype: 'float32', channelsFirst: false, batchAxis: 0 },
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
    const kept = Float32Array.from(first!.data);
    const [second] = await session.run(batch(5, 2));
    expect(second!.data).not.toEqual(kept);
    const [third] = await session.run(batch(2, 1));
    expect(third!.shape).toEqual([2, 6]);
    expect(Float32Array.from(third!.data)).toEqual(kept.slice(0, 12));
    await session.close();
  });
});
