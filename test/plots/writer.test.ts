import { readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { packageEpoch, smallEpoch, temporaryFolder, write } from '../writers/recordings.js';

const { at, files } = temporaryFolder();
const { figures }: { figures: string[] } = JSON.parse(readFileSync('fixtures/plots/extract.json', 'utf8'));

describe('--save-to plot', () => {
  it('writes a figure for every epoch, mode and statistic, named as Python delve names them', async () => {
    const { notes } = await write('csvplot', at('training'), [packageEpoch(0), packageEpoch(1)]);
    expect(notes).toEqual([]);
    const wanted = figures.filter((name) => /epoch_[01]\.png$/.test(name));
    expect(wanted).toHaveLength(20);
    expect(files()).toEqual([...wanted, 'training.csv'].sort());
    for (const name of wanted) {
      const { format, width } = await sharp(at(name)).metadata();
      expect([format, width! > 800]).toEqual(['png', true]);
    }
  });

  it('removes figures of the epochs that a run replaces, and no others', async () => {
    const stay = ['x_lsat_eval_epoch_3.svg', 'x_mine_eval_epoch_3.png', 'xy_lsat_eval_epoch_3.png', 'x.txt'];
    const go = ['x_lsat_train_epoch_1.png', 'x_trc_eval_epoch_12.png'];
    for (const name of [...stay, ...go, 'x_lsat_eval_epoch_0.png']) writeFileSync(at(name), 'old');
    await write('plot', at('x'), [smallEpoch(1)]);
    expect(files()).toEqual(
      [...stay, 'x_lsat_eval_epoch_0.png', 'x_lsat_eval_epoch_1.png', 'x_idim_eval_epoch_1.png'].sort(),
    );
    await write('plot', at('x'), [smallEpoch(0)]);
    expect(files()).toEqual([...stay, 'x_lsat_eval_epoch_0.png', 'x_idim_eval_epoch_0.png'].sort());
    expect(readFileSync(at('x_lsat_eval_epoch_0.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  it('draws as its settings say', async () => {
    writeFileSync(at('hook.mjs'), 'export default (spec, figure) => ({ ...spec, background: "#123456" });');
    const named = `plot:size=400x300:theme=dark:font-size=9:hook=${at('hook.mjs')}:primary-metric=average-eval-sat`;
    const { notes } = await write(named, at('x'), [
      { ...smallEpoch(0), scalars: new Map([['average-eval-sat', 0.5]]) },
    ]);
    expect(notes).toEqual([]);
    const picture = sharp(at('x_lsat_eval_epoch_0.png'));
    expect(await picture.metadata()).toMatchObject({ width: 800, height: 600 });
    expect([...(await picture.removeAlpha().raw().toBuffer()).subarray(0, 3)]).toEqual([0x12, 0x34, 0x56]);
  });

  it('notes a metric that the run lacks once, and records on', async () => {
    const { notes } = await write('plot:primary-metric=accuracy', at('x'), [smallEpoch(0), smallEpoch(1)]);
    expect(notes).toEqual([
      '--save-to plot: the run has no accuracy to write into figures; it has no numbers of its own',
    ]);
    expect(files()).toHaveLength(4);
  });

  it.each([
    ['theme=blue', '--save-to plot: theme is blue, and must be light or dark'],
    ['font-size=big', '--save-to plot: font-size is big, and must be a number of pixels, such as 16'],
    [
      'size=12',
      '--save-to plot: size is 12, and must be width and height in pixels, of at least 100, such as 800x400',
    ],
  ])('refuses %s before anything runs', async (setting, message) => {
    await expect(write(`plot:${setting}`, at('x'), [smallEpoch(0)])).rejects.toThrow(new UserError(message));
    expect(files()).toEqual([]);
  });

  it('names a hook that cannot be used as its setting', async () => {
    const recording = write('plot:hook=./nowhere.mjs', at('x'), [smallEpoch(0)]);
    await expect(recording).rejects.toThrow(new UserError('plot:hook=./nowhere.mjs: there is no such file'));
    expect(files()).toEqual([]);
  });

  it('leaves out what is not finite', async () => {
    const epoch = smallEpoch(0, 'fc', ['lsat', 'det']);
    epoch.layers[0]!.stats.set('det', Number.POSITIVE_INFINITY);
    await write('plot', at('x'), [epoch]);
    expect(files()).toEqual(['x_lsat_eval_epoch_0.png']);
  });
});
