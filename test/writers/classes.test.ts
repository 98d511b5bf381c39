import { readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeEpochCounter } from '../../src/dump/epoch-counter.js';
import {
  AbstractWriter,
  CompositeWriter,
  CompositWriter,
  CSVAndPlottingWriter,
  CSVandPlottingWriter,
  CSVWriter,
  createWriter,
  EpochWriter,
  NPYWriter,
  PrintWriter,
  TensorBoardWriter,
  UserError,
  type WriterValue,
} from '../../src/index.js';
import { parseEvents } from './events.js';
import { npyItems, packageEpoch, RUN, smallEpoch, temporaryFolder } from './recordings.js';

interface StoredArray {
  dtype: string;
  shape: number[];
  data: number[];
}
interface Golden {
  csv: string;
  npy: Record<string, StoredArray | Record<string, number>>;
  resumedCsv: string;
  resumedNpy: Record<string, StoredArray | Record<string, number>>;
  printed: string[];
}
/** What the package's writers left of the same calls. */
const golden: Golden = JSON.parse(readFileSync('fixtures/library/writers.json', 'utf8'));

const { at, files } = temporaryFolder();
const text = (path: string) => readFileSync(path, 'utf8');

async function addEpoch(writer: AbstractWriter, epoch: number): Promise<void> {
  await writer.addScalars('', {
    'train-saturation_conv1': 0.5 + epoch,
    'train-intrinsic-dimensionality_conv1': 3 + epoch,
    'train-covariance-matrix_conv1': { shape: [2, 2], data: Float64Array.of(2, 0.5, 0.5, 1) },
  });
  await writer.addScalar('loss', 0.25 / (epoch + 1));
  await writer.save();
}

/** The dump as the golden has it: of its arrays the names, shapes and values, and the counter. */
function expectDump(folder: string, theirs: Golden['npy']): void {
  const names = files(folder).filter((name) => /\.(npy|pkl)$/.test(name));
  expect(names).toEqual(Object.keys(theirs).sort());
  for (const [name, stored] of Object.entries(theirs)) {
    const path = at(folder, name);
    if (name.endsWith('.pkl')) {
      expect([...decodeEpochCounter(readFileSync(path), name)]).toEqual(Object.entries(stored));
    } else {
      const { items, type } = npyItems(path);
      expect(items).toEqual((stored as StoredArray).data);
      expect(type).toBe({ float64: 'f8', int64: 'i8' }[(stored as StoredArray).dtype as 'int64']);
    }
  }
}

describe('the writers of the reference', () => {
  const both = () => new CompositeWriter([new CSVWriter(at('run')), new NPYWriter(at('run'))]);

  it('leave the files that those of the package leave of the same values', async () => {
    const writer = both();
    for (const epoch of [0, 1]) await addEpoch(writer, epoch);
    await writer.close();
    expect(text(at('run.csv'))).toBe(golden.csv);
    expectDump('run', golden.npy);
  });

  it('resume what is there', async () => {
    const first = both();
    for (const epoch of [0, 1]) await addEpoch(first, epoch);
    await first.close();
    const second = both();
    await second.resumeFromSavedState(2);
    await addEpoch(second, 2);
    expect(text(at('run.csv'))).toBe(golden.resumedCsv);
    expectDump('run', golden.resumedNpy);
  });

  it('print what PrintWriter prints, as soon as it is added', async () => {
    const lines: string[] = [];
    const writer = new PrintWriter({ print: (line) => lines.push(line) });
    writer.resumeFromSavedState(3);
    await writer.addScalars('', { 'train-saturation_conv1': 0.5, 'train-intrinsic-dimensionality_conv1': 3 });
    await writer.addScalars('mine', { loss: 0.125 });
    await writer.addScalar('accuracy', 1);
    expect(lines).toEqual(golden.printed);
    writer.save();
    writer.close();
    expect(lines).toEqual(golden.printed);
  });

  it('write what a recording writes of whole layers', async () => {
    const writer = new CompositWriter([
      new CSVWriter(at('a')),
      new NPYWriter(at('a'), { zip: true }),
      new TensorBoardWriter(at('a'), { flat: true }),
    ]);
    const recorded = await createWriter(['csv', 'npy:zip', 'tensorboard:flat'], {
      savefile: at('b'),
      initialEpoch: 0,
      note: () => {},
      print: () => {},
    });
    await recorded.open();
    for (const epoch of [packageEpoch(0), packageEpoch(1)]) {
      await recorded.write(epoch);
      for (const layer of epoch.layers) await writer.addLayer(layer);
      for (const [name, value] of epoch.scalars) await writer.addScalar(name, value);
      await writer.save();
    }
    await recorded.close(RUN);
    await writer.close(RUN);
    expect(text(at('a.csv'))).toBe(text(at('b.csv')));
    const dumped = (folder: string) => files(folder).filter((name) => !/^events/.test(name));
    expect(dumped('a')).toEqual(dumped('b'));
    for (const name of dumped('a').filter((file) => /\.(npy|npz|pkl|json)$/.test(file))) {
      expect(readFileSync(at('a', name)).equals(readFileSync(at('b', name))), name).toBe(true);
    }
    expect(files()).toContain('a.zip');
    const tags = (folder: string) => {
      const [events] = files(folder).filter((name) => /^events/.test(name));
      return parseEvents(at(folder, events!)).flatMap(({ tags }) => tags);
    };
    expect(tags('a')).toEqual(tags('b'));
    expect(tags('a')).toContain('train-saturation_features-0');
  });

  it('make figures beside the csv', async () => {
    const writer = new CSVAndPlottingWriter(at('run'), {
      figsize: [4, 3],
      fontsize: 9,
      primaryMetric: 'loss',
      plotManipulationFunc: (spec) => ({ ...spec, background: '#123456' }),
    });
    expect(CSVandPlottingWriter).toBe(CSVAndPlottingWriter);
    await addEpoch(writer, 0);
    expect(files()).toEqual(['run.csv', 'run_idim_train_epoch_0.png', 'run_lsat_train_epoch_0.png']);
    const picture = sharp(at('run_lsat_train_epoch_0.png'));
    expect(await picture.metadata()).toMatchObject({ width: 800, height: 600 });
    expect([...(await picture.removeAlpha().raw().toBuffer()).subarray(0, 3)]).toEqual([0x12, 0x34, 0x56]);
  });

  it('draw samples in the plane', async () => {
    const notes: string[] = [];
    const writer = new CSVAndPlottingWriter(at('run'), { note: (message) => notes.push(message) });
    await writer.addScalars('', { 'eval-saturation_fc': 1 }, { sampleValueDict: { embed: [[1, 2]] } });
    writer.addSampleScalar('embed', [[3, 4]]);
    writer.addSampleScalar('eval-embedded-sample_a/b', [[0, 1]]);
    await writer.save();
    expect(files()).toEqual([
      'run.csv',
      'run_a%2Fb_embed_eval_epoch_0.png',
      'run_embed_train_epoch_0.png',
      'run_lsat_eval_epoch_0.png',
    ]);
    await writer.addScalar('eval-saturation_fc', 0.5);
    await writer.save();
    expect(files().filter((name) => name.includes('epoch_1'))).toEqual(['run_lsat_eval_epoch_1.png']);
    expect(notes).toEqual([]);
  });
});

describe('an epoch', () => {
  it('is what is added between two saves; a name that comes again begins the next', async () => {
    const writer = new CSVWriter(at('run'));
    await writer.save();
    expect(files()).toEqual([]);
    for (const value of [0.5, 0.25]) writer.addScalar('loss', value);
    writer.addScalar('accuracy', 0.75);
    await writer.save();
    writer.addScalars('ignored', { loss: 0.125 });
    await writer.close();
    expect(text(at('run.csv'))).toBe(';loss;accuracy\n0;0.5;\n1;0.25;0.75\n2;0.125;\n');
  });

  it('is written whole by saves that are not waited for, in their order', async () => {
    const writer = new NPYWriter(at('run'));
    const saved = [0, 1, 2].map((epoch) => {
      writer.addScalar('step', epoch);
      return writer.save();
    });
    await Promise.all(saved);
    const steps = [0, 1, 2].map((epoch) => npyItems(at('run', 'step', `step_epoch${epoch}.npy`)).items[0]);
    expect(steps).toEqual([0, 1, 2]);
  });

  it('that cannot be written is an error of its save, and leaves what was there', async () => {
    const writer = new CSVWriter(at('run'));
    writer.addScalar('loss', 1);
    await writer.save();
    const before = text(at('run.csv'));
    const other = new CSVWriter(at('run.csv', 'below'));
    other.addScalar('loss', 1);
    await expect(other.save()).rejects.toThrow(UserError);
    expect(text(at('run.csv'))).toBe(before);
  });
});

describe('names', () => {
  it('with a prefix have it in npy, TensorBoard and print, not in csv', async () => {
    const npy = new NPYWriter(at('a'));
    npy.addScalars('mine', { loss: 1 });
    npy.addScalars('', { loss: 2 });
    npy.addScalar('loss', 3);
    await npy.save();
    expect(files('a').filter((name) => name.endsWith('.npy'))).toEqual([
      '_loss/_loss_epoch0.npy',
      'loss/loss_epoch0.npy',
      'mine_loss/mine_loss_epoch0.npy',
    ]);
    const board = new TensorBoardWriter(at('b'));
    board.addScalars('mine', { loss: 1 });
    board.addScalars('', { 'eval-saturation_fc': 1 });
    await board.close();
    const [events] = files('b');
    const tags = parseEvents(at('b', events!)).flatMap(({ tags }) => tags);
    expect(tags).toEqual(['eval-saturation/fc', 'mine/loss', 'delve']);
  });
});

describe('AbstractWriter', () => {
  class Collecting extends AbstractWriter {
    readonly calls: unknown[] = [];
    readonly notes: string[] = [];
    protected override note = (message: string) => void this.notes.push(message);
    resumeFromSavedState(initialEpoch: number) {
      this.calls.push(['resume', initialEpoch]);
    }
    addScalar(name: string, value: WriterValue) {
      this.calls.push([name, value]);
    }
    async addScalars(prefix: string, values: Readonly<Record<string, WriterValue>>) {
      for (const [name, value] of Object.entries(values)) this.addScalar(prefix + name, value);
    }
    save() {
      this.calls.push('save');
    }
    close() {
      this.calls.push('close');
    }
  }

  it('takes a step, of which an epoch has no need', async () => {
    const writer = new CSVWriter(at('steps'));
    writer.addScalars('', { 'train-saturation_fc': 0.5 }, { globalStep: 17 });
    await writer.save();
    expect(readFileSync(at('steps.csv'), 'utf8')).toBe(';train-saturation_fc\n0;0.5\n');
  });

  it('takes layers by name, and stands for a writer of record', async () => {
    const own = new Collecting();
    const writer = await createWriter([own], {
      savefile: at('a'),
      initialEpoch: 2,
      note: () => {},
      print: () => {},
    });
    await writer.open();
    await writer.write({ ...smallEpoch(2), scalars: new Map([['average-eval-sat', 0.5]]) });
    await writer.close(RUN);
    expect(own.calls).toEqual([
      ['resume', 2],
      ['eval-saturation_fc', 0.5],
      ['eval-intrinsic-dimensionality_fc', 1],
      ['eval-covariance-matrix_fc', { shape: [2, 2], data: Float64Array.of(4, 1, 1, 4) }],
      ['average-eval-sat', 0.5],
      'save',
      'close',
    ]);
  });

  it('tells whether there is a state to resume from', () => {
    const own = new Collecting();
    writeFileSync(at('a.csv'), '');
    expect([own.checkSavestateOk(at('a.csv')), own.notes]).toEqual([true, []]);
    expect(own.checkSavestateOk(at('b.csv'))).toBe(false);
    expect(own.notes).toEqual([`${at('b.csv')} does not exist, so Collecting has no state to resume from`]);
  });
});

describe('resuming', () => {
  it('notes what is not there, and refuses what cannot be', async () => {
    const notes: string[] = [];
    const writer = new CSVWriter(at('run'), { note: (message) => notes.push(message) });
    await writer.resumeFromSavedState(3);
    expect(notes).toEqual([
      `${at('run')}.csv: there is no epoch before 3 to continue, so it begins with epoch 3`,
    ]);
    await expect(writer.resumeFromSavedState(4)).rejects.toThrow(/that has begun cannot be resumed/);
    await expect(new CSVWriter(at('run')).resumeFromSavedState(-1)).rejects.toThrow(/with epoch -1/);
    await expect(new CSVWriter(at('run')).resumeFromSavedState(1.5)).rejects.toThrow(UserError);
  });

  it('goes on in TensorBoard, too', async () => {
    const first = new TensorBoardWriter(at('run'));
    first.addScalar('loss', 1);
    await first.close();
    const second = new TensorBoardWriter(at('run'));
    await second.resumeFromSavedState(1);
    second.addScalar('loss', 2);
    await second.close();
    const steps = files('run').flatMap((name) =>
      parseEvents(at('run', name)).filter(({ tags }) => tags.includes('loss')),
    );
    expect(steps.map(({ step }) => step).sort()).toEqual([0, 1]);
  });
});

it('a savepath that names no file is refused at once', () => {
  for (const make of [CSVWriter, NPYWriter, TensorBoardWriter, CSVAndPlottingWriter]) {
    expect(() => new make('')).toThrow(UserError);
    expect(() => new make('..')).toThrow(/^savepath '..' names no file/);
  }
});

it('any writer of epochs takes values by name', async () => {
  const writer = new EpochWriter((initialEpoch) =>
    createWriter('json', { savefile: at('a'), initialEpoch, note: () => {}, print: () => {} }),
  );
  await addEpoch(writer, 0);
  const { epochs } = JSON.parse(text(at('a.json')));
  expect(epochs[0]).toMatchObject({
    loss: 0.25,
    layers: [{ layer: 'conv1', mode: 'train', statistics: { saturation: 0.5 }, eigenvalues: [] }],
  });
});
