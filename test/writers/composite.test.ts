import { expect, it } from 'vitest';
import { compositeWriter } from '../../src/writers/composite.js';
import type { Writer } from '../../src/writers/writer.js';
import { RUN, smallEpoch } from './recordings.js';

function recorder(name: string, calls: string[], fails: keyof Writer | undefined = undefined): Writer {
  const called = (method: keyof Writer) => async () => {
    calls.push(`${name} ${method}`);
    if (method === fails) throw new Error(`${name} failed`);
  };
  return { open: called('open'), write: called('write'), close: called('close') };
}

it('calls each writer in order', async () => {
  const calls: string[] = [];
  const writer = compositeWriter([recorder('a', calls), recorder('b', calls)]);
  await writer.open();
  await writer.write(smallEpoch(0));
  await writer.close(RUN);
  expect(calls).toEqual(['a open', 'b open', 'a write', 'b write', 'a close', 'b close']);
});

it('stops at the first that cannot be opened or written, and closes all others when one cannot be', async () => {
  for (const method of ['open', 'write', 'close'] as const) {
    const calls: string[] = [];
    const writer = compositeWriter([recorder('a', calls, method), recorder('b', calls)]);
    await expect(method === 'write' ? writer.write(smallEpoch(0)) : writer[method](RUN)).rejects.toThrow(
      'a failed',
    );
    expect(calls).toEqual(method === 'close' ? ['a close', 'b close'] : [`a ${method}`]);
  }
});
