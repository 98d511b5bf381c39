import { appendFileSync, copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { type Event, EventSchema } from '../../src/model/proto/tensorboard_pb.js';
import { createWriter } from '../../src/writers/registry.js';
import { eventBytes } from '../../src/writers/tensorboard/events.js';
import { spectrumHistogram } from '../../src/writers/tensorboard/histogram.js';
import { frameRecord, parseRecords } from '../../src/writers/tensorboard/records.js';
import { packageEpoch, RUN, smallEpoch, temporaryFolder, write } from './recordings.js';

const { at, files } = temporaryFolder();
/** What TensorBoard's own writer wrote. */
const PYTHON = new URL('../../fixtures/tensorboard/python.tfevents', import.meta.url).pathname;

const eventFiles = () => files('a').filter((file) => file.includes('tfevents'));
const eventsOf = (file: string) =>
  parseRecords(readFileSync(file)).map((bytes) => fromBinary(EventSchema, bytes));
const kinds = (file: string) => eventsOf(at('a', file)).map(({ what, step }) => `${what.case} ${step}`);

/** Points by tag, of all files in their order, as a reader has them. */
function scalars(): Record<string, [number, number][]> {
  const points: Record<string, [number, number][]> = {};
  for (const { step, what } of eventFiles().flatMap((file) => eventsOf(at('a', file)))) {
    if (what.case !== 'summary') continue;
    for (const { tag, value } of what.value.value) {
      if (value.case === 'simpleValue') points[tag] = [...(points[tag] ?? []), [Number(step), value.value]];
    }
  }
  return points;
}

const tensorboard = (...epochs: number[]) =>
  write(
    'tensorboard:flat',
    at('a'),
    epochs.map((epoch) => smallEpoch(epoch)),
  );

describe('event files', () => {
  it("are read and written as TensorBoard's own writer does", () => {
    const bytes = readFileSync(PYTHON);
    const records = parseRecords(bytes);
    expect(Buffer.concat(records.map(frameRecord))).toEqual(bytes);
    const events: Event[] = records.map((record) => fromBinary(EventSchema, record));
    expect(events.map(({ what, step }) => `${what.case} ${step}`)).toEqual([
      'fileVersion 0',
      'sessionLog 0',
      'summary 0',
      'summary 1',
      'summary 2',
    ]);
    const { what, wallTime } = events[4]!;
    expect(wallTime).toBe(1700000002.5);
    if (what.case !== 'summary') throw new Error(`${what.case}`);
    expect(what.value.value.map(({ tag, value }) => [tag, value.value])).toMatchObject([
      ['eval-saturation_fc', 0.75],
      ['eval-covariance-trace_fc', Number.POSITIVE_INFINITY],
      ['eval-spectrum-log10_fc', { min: -2, max: 1, num: 4, bucketLimit: [-0.5, 1], bucket: [3, 1] }],
    ]);
    // Fields in order, as Python serialises them.
    expect(events.map((event) => Buffer.from(eventBytes(event)))).toEqual(
      records.map((record) => Buffer.from(record)),
    );
  });

  it('leave out a record that is cut short, wherever it is, and refuse one that is garbled', () => {
    const bytes = readFileSync(PYTHON);
    const whole = parseRecords(bytes);
    for (let length = 0; length < bytes.length; length += 7) {
      const found = parseRecords(bytes.subarray(0, length));
      expect(found.length).toBeLessThan(whole.length);
      expect(found).toEqual(whole.slice(0, found.length));
    }
    for (const place of [0, 9, 15, 60]) {
      const garbled = Buffer.from(bytes);
      garbled[place]! ^= 1;
      expect(() => parseRecords(garbled)).toThrow(/checksum of its record at byte \d+ does not agree/);
    }
  });
});

describe('tensorboard:flat', () => {
  it('writes a tag a csv column, a step an epoch, a histogram a layer, and what made it', async () => {
    await write('tensorboard:flat', at('a'), [packageEpoch(0), packageEpoch(1)]);
    const [file, ...more] = eventFiles();
    expect(more).toEqual([]);
    expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\.\d+\.delve$/);
    expect(kinds(file!)).toEqual(['fileVersion 0', 'sessionLog 0', 'summary 0', 'summary 1', 'summary 1']);
    await write('csv', at('a'), [packageEpoch(0), packageEpoch(1)]);
    const [header, ...rows] = readFileSync(at('a.csv'), 'utf8').trimEnd().split('\n');
    const columns = header!.split(';').slice(1);
    expect(Object.keys(scalars())).toEqual(columns);
    for (const [i, column] of columns.entries()) {
      const cells = rows.map((row) => row.split(';')[i + 1]!);
      const expected = cells.map((cell) => (cell === '' ? Number.NaN : Math.fround(Number(cell))));
      expect(scalars()[column]).toEqual(expected.map((value, epoch) => [epoch, value]));
    }
    const texts = eventsOf(at('a', file!)).flatMap(({ what }) =>
      what.case === 'summary' ? what.value.value.filter(({ value }) => value.case === 'tensor') : [],
    );
    const [text] = texts.map(({ value }) => (value.case === 'tensor' ? value.value.stringVal[0] : undefined));
    expect(JSON.parse(new TextDecoder().decode(text).replace(/^```json\n|```$/g, ''))).toEqual(RUN);
  });

  it('groups tags into sections on demand', async () => {
    await write('tensorboard', at('a'), [smallEpoch(0, 'a_b')]);
    expect(Object.keys(scalars())).toEqual(['eval-saturation/a_b', 'eval-intrinsic-dimensionality/a_b']);
  });

  it('takes numbers that float32 does not hold', async () => {
    const epoch = smallEpoch(0);
    epoch.scalars.set('large', 1e300).set('small', -1e-300).set('none', Number.NaN);
    await write('tb', at('a'), [epoch]);
    const { large, small, none } = scalars();
    expect([large, small, none]).toEqual([[[0, Number.POSITIVE_INFINITY]], [[0, -0]], [[0, Number.NaN]]]);
  });

  it('shows each epoch when it is written', async () => {
    const writer = await createWriter('tensorboard:flat', {
      savefile: at('a'),
      initialEpoch: 0,
      note: () => {},
      print: () => {},
    });
    await writer.open();
    expect(files()).toEqual([]);
    for (const epoch of [0, 1, 2]) {
      await writer.write(smallEpoch(epoch));
      expect(scalars()['eval-saturation_fc']!.map(([step]) => step)).toEqual([0, 1, 2].slice(0, epoch + 1));
    }
    expect(eventFiles()).toHaveLength(1);
    appendFileSync(at('a', eventFiles()[0]!), 'x');
    await expect(writer.write(smallEpoch(3))).rejects.toThrow(/was changed by another program/);
  });

  it('continues in a file of its own, and takes what it replaces out of the others', async () => {
    await tensorboard(0, 1, 2);
    const [first] = eventFiles();
    const { notes } = await tensorboard(3);
    expect(notes).toEqual([]);
    expect(scalars()['eval-saturation_fc']!.map(([step]) => step)).toEqual([0, 1, 2, 3]);
    const back = await tensorboard(1);
    expect(back.notes).toEqual([
      `${at('a', 'events.out.tfevents.*.delve')}: what it held of epoch 1 and later is replaced`,
    ]);
    const [kept, last, ...more] = eventFiles();
    expect([kept, more]).toEqual([first, []]);
    expect(kinds(kept!)).toEqual(['fileVersion 0', 'sessionLog 0', 'summary 0']);
    expect(kinds(last!)).toEqual(['fileVersion 0', 'sessionLog 1', 'summary 1', 'summary 1']);
    await tensorboard(0);
    expect(eventFiles()).toHaveLength(1);
    expect(kinds(eventFiles()[0]!)).toEqual(['fileVersion 0', 'sessionLog 0', 'summary 0', 'summary 0']);
  });

  it("leaves another program's files alone, and makes no reader forget them", async () => {
    await tensorboard(0, 1);
    const other = at('a', 'events.out.tfevents.1999999999.host');
    copyFileSync(PYTHON, other);
    await tensorboard(1);
    await tensorboard(0);
    expect(readFileSync(other)).toEqual(readFileSync(PYTHON));
    expect(kinds(eventFiles()[0]!)).toEqual(['fileVersion 0', 'summary 0', 'summary 0']);
  });

  it('continues after a process that was killed while it wrote', async () => {
    await tensorboard(0, 1);
    const file = at('a', eventFiles()[0]!);
    truncateSync(file, readFileSync(file).length - 5);
    await tensorboard(1, 2);
    expect(scalars()['eval-saturation_fc']!.map(([step]) => step)).toEqual([0, 1, 2]);
  });

  it('refuses to continue a damaged file, before the run starts, and a place that cannot be', async () => {
    await tensorboard(0);
    const file = at('a', eventFiles()[0]!);
    const bytes = readFileSync(file);
    bytes[40]! ^= 1;
    writeFileSync(file, bytes);
    await expect(tensorboard(1)).rejects.toThrow(/\.delve: the checksum of its record at byte \d+/);
    await expect(tensorboard(1)).rejects.toBeInstanceOf(UserError);
    writeFileSync(file, frameRecord(Buffer.from('no event')));
    await expect(tensorboard(1)).rejects.toThrow(/one of its records is no event/);
    expect(eventFiles()).toHaveLength(1);
    await expect(write('tensorboard:flat', at('a', eventFiles()[0]!), [])).rejects.toThrow(
      /is a file where a folder/,
    );
    mkdirSync(at('b'));
    await expect(write('tensorboard:flat', at('b'), [smallEpoch(0)])).resolves.toBeDefined();
  });
});

describe('spectrumHistogram', () => {
  it('counts logarithms, rounding errors of zero at the least that d numbers of this size tell from it', () => {
    const found = spectrumHistogram(Float64Array.of(100, 1, 1e-30, 0, -1e-18))!;
    expect(found.max).toBe(2);
    expect(found.min).toBeCloseTo(Math.log10(500 * 2 ** -52), 12);
    expect(found.num).toBe(5);
    expect(found.bucket).toHaveLength(30);
    expect([found.bucket![0], found.bucket![29]]).toEqual([3, 1]);
    expect(found.bucket!.reduce((a, b) => a + b)).toBe(5);
    expect(found.bucketLimit!.at(-1)).toBe(2);
  });

  it('is one bucket of equal values, and none of a spectrum that has no logarithms', () => {
    expect(spectrumHistogram(Float64Array.of(10, 10))).toMatchObject({ bucket: [2], bucketLimit: [1] });
    for (const values of [[], [0, 0], [Number.NaN, 1], [Number.POSITIVE_INFINITY, 1]])
      expect(spectrumHistogram(Float64Array.from(values))).toBeUndefined();
  });
});
