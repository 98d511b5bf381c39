import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { readSavedModel } from '../../src/model/savedmodel/read.js';
import { fixture, rewrite, withCopy } from './fixture.js';

const DATA = 'variables/variables.data-00000-of-00001';
const INDEX = 'variables/variables.index';

async function readAll(folder: string, signature?: string): Promise<void> {
  const graph = await readSavedModel(folder, signature === undefined ? {} : { signature });
  for (const constant of graph.constants.values()) constant.load();
}

async function failure(folder: string, signature?: string): Promise<string> {
  const error: unknown = await readAll(folder, signature).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error instanceof UserError ? error.message : '';
}

test('a truncated saved_model.pb is named with its size', async () => {
  await withCopy('keras3', async (folder) => {
    for (const part of [0.1, 0.5, 0.99]) {
      rewrite(join(folder, 'saved_model.pb'), (bytes) => bytes.subarray(0, bytes.length * part));
      expect(await failure(folder)).toMatch(/saved_model\.pb is damaged \(\d+ bytes; /);
    }
    writeFileSync(join(folder, 'saved_model.pb'), '');
    expect(await failure(folder)).toMatch(/saved_model\.pb \(0 bytes\) holds no graph/);
  });
});

test('whatever byte is changed, the message is for the user', async () => {
  await withCopy('module', async (folder) => {
    const file = join(folder, 'saved_model.pb');
    let failures = 0;
    let previous: { at: number; value: number } | undefined;
    for (let at = 7; at < 33_000; at += 331) {
      rewrite(file, (bytes) => {
        if (previous) bytes[previous.at] = previous.value;
        previous = { at, value: bytes[at]! };
        bytes[at] = bytes[at]! ^ 0xa5;
        return bytes;
      });
      await readAll(folder).catch((error: unknown) => {
        failures++;
        expect(error).toBeInstanceOf(UserError);
      });
    }
    expect(failures).toBeGreaterThan(50);
  });
});

test('a truncated index, a changed one and a missing one', async () => {
  await withCopy('keras3', async (folder) => {
    const file = join(folder, INDEX);
    rewrite(file, (bytes) => bytes.subarray(0, 40));
    expect(await failure(folder)).toMatch(/variables\.index is damaged: it has 40 bytes/);
  });
  await withCopy('keras3', async (folder) => {
    rewrite(join(folder, INDEX), (bytes) => bytes.subarray(0, bytes.length - 1));
    expect(await failure(folder)).toMatch(/variables\.index is damaged: .* does not end as an index does/);
  });
  await withCopy('keras3', async (folder) => {
    rewrite(join(folder, INDEX), (bytes) =>
      Buffer.from(bytes.map((byte, at) => (at === 30 ? byte ^ 1 : byte))),
    );
    expect(await failure(folder)).toMatch(/variables\.index is damaged: the checksum of the block/);
  });
  await withCopy('keras3', async (folder) => {
    rmSync(join(folder, INDEX));
    expect(await failure(folder)).toMatch(/variables\.index is missing/);
  });
});

test('a data file that is cut off is noticed before anything is loaded', async () => {
  await withCopy('keras3', async (folder) => {
    rewrite(join(folder, DATA), (bytes) => bytes.subarray(0, 100));
    await expect(readSavedModel(folder)).rejects.toThrow(/ends at byte \d+, but the file has 100 bytes/);
  });
});

test('a changed weight does not pass its checksum', async () => {
  await withCopy('keras3', async (folder) => {
    rewrite(join(folder, DATA), (bytes) =>
      Buffer.from(bytes.map((byte, at) => (at % 16 === 3 ? byte ^ 1 : byte))),
    );
    expect(await failure(folder)).toMatch(
      /data-00000-of-00001 is damaged: the checksum of .* does not match/,
    );
  });
});

test('a missing data file of several is named', async () => {
  await withCopy('dtypes', async (folder) => {
    const missing = 'variables.data-00001-of-00003';
    rmSync(join(folder, 'variables', missing));
    expect(await failure(folder)).toContain(`${missing} is missing`);
  });
});

test('an unknown signature lists those that there are', async () => {
  expect(await failure(fixture('module'), 'serve')).toBe(
    `${fixture('module')} has no signature "serve": there are "row", "serving_default", "unusual".`,
  );
});

test('a folder without saved_model.pb: what it holds, and what to do', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'delve-savedmodel-'));
  const folder = (files: string[]) => {
    const path = mkdtempSync(join(temporary, 'case-'));
    for (const file of files) writeFileSync(join(path, file), '');
    return path;
  };
  try {
    expect(await failure(join(temporary, 'none'))).toMatch(/^There is no .*none/);
    expect(await failure(folder([]))).toMatch(/has no saved_model\.pb: it is empty/);
    expect(await failure(folder(['net.keras']))).toMatch(/holds net\.keras, a Keras file; load it/);
    expect(await failure(folder(['net.pt']))).toMatch(/net\.pt, .*torch\.onnx\.export/);
    expect(await failure(folder(['model.json', 'group1-shard1of1.bin']))).toMatch(/TensorFlow\.js model/);
    expect(await failure(folder(['checkpoint', 'ckpt-1.index']))).toMatch(
      /a checkpoint, which holds weights/,
    );
    expect(await failure(folder(['saved_model.pbtxt']))).toMatch(/the text form/);
    expect(await failure(folder(['notes.txt']))).toMatch(/it holds notes\.txt; give the folder/);
    const outer = folder([]);
    mkdirSync(join(outer, '1'));
    writeFileSync(join(outer, '1', 'saved_model.pb'), '');
    expect(await failure(outer)).toContain(`${join(outer, '1')} has one; give that folder`);
  } finally {
    rmSync(temporary, { recursive: true });
  }
});

test('the variables of another model do not pass', async () => {
  await withCopy('keras3', async (folder) => {
    rmSync(join(folder, 'variables'), { recursive: true });
    await withCopy('keras2', async (other) => {
      renameSync(join(other, 'variables'), join(folder, 'variables'));
      expect(await failure(folder)).toMatch(/variables\.index is damaged: it has no tensor|do not fit/);
    });
  });
});
