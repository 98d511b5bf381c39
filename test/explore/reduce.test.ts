import { beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/ui/explore/layout.js';
import { reduce } from '../../src/ui/explore/reduce.js';
import { allRows, listedRows, pickedIndex, shownMode } from '../../src/ui/explore/rows.js';
import type { ExploreLayer, ExploreState } from '../../src/ui/explore/state.js';
import type { KeyName, Press } from '../../src/ui/screen/keys.js';
import { CNN, opened, PACKAGE, stateOf } from './fixtures.js';

let cnn: ExploreState;
let both: ExploreState;
beforeAll(async () => {
  [cnn, both] = [await stateOf(CNN), await stateOf(PACKAGE)];
});

/** `'keys'` types each character; `{ key }` presses one. */
function pressed(state: ExploreState, ...presses: (string | { key: KeyName })[]): ExploreState {
  const all = presses.flatMap((one): Press[] =>
    typeof one === 'string' ? [...one].map((character) => ({ character })) : [one],
  );
  return all.reduce((before, press) => reduce(before, { type: 'press', press }), state);
}

const names = (state: ExploreState) => listedRows(state).map(({ layer }) => layer.layer);
const pickedName = (state: ExploreState) => names(state)[pickedIndex(listedRows(state), state)];
const ORDER = [
  'conv1',
  'layer1-0-downsample-0',
  'layer1-0-conv1',
  'layer1-0-conv2',
  'layer2-0-downsample-0',
  'layer2-0-conv1',
  'layer2-0-conv2',
  'classifier-0',
  'classifier-3',
];

describe('the threshold', () => {
  it('moves in steps that become finer towards 1, and stays within (0, 1)', () => {
    const through = (start: ExploreState, key: KeyName) => {
      const seen = [start.threshold];
      for (let state = start; ; ) {
        state = pressed(state, { key });
        if (state.threshold === seen.at(-1)) return seen;
        seen.push(state.threshold);
      }
    };
    const up = through({ ...cnn, threshold: 0.5 }, 'right');
    for (const step of [0.9, 0.95, 0.99, 0.995, 0.999, 0.9999]) expect(up).toContain(step);
    expect(up).toEqual([...up].sort((a, b) => a - b));
    expect(up.at(-1)).toBeLessThan(1);
    const down = through(cnn, 'left');
    expect(down.at(-1)).toBeGreaterThan(0);
    expect(down).toEqual([...down].sort((a, b) => b - a));
  });

  it('leads from one that is no step to its neighbours', () => {
    const between = { ...cnn, threshold: 0.9876 };
    expect(pressed(between, { key: 'right' }).threshold).toBe(0.99);
    expect(pressed(between, { key: 'left' }).threshold).toBe(0.985);
  });

  it('moves faster with shift, and by h and l', () => {
    expect(pressed(cnn, { key: 'coarse-right' }).threshold).toBe(0.999);
    expect(pressed(cnn, { key: 'coarse-left' }).threshold).toBe(0.9);
    expect(pressed(cnn, 'lh').threshold).toBe(cnn.threshold);
    expect(pressed(cnn, 'LH').threshold).toBe(cnn.threshold);
  });
});

describe('the picked layer', () => {
  it('is the first one of the execution order', () => {
    expect(names(cnn)).toEqual(ORDER);
    expect(pickedName(cnn)).toBe('conv1');
  });

  it('moves by one, by pages and to the ends, and stops there', () => {
    expect(pickedName(pressed(cnn, { key: 'down' }))).toBe(ORDER[1]);
    expect(pickedName(pressed(cnn, 'jjk'))).toBe(ORDER[1]);
    expect(pickedName(pressed(cnn, { key: 'up' }))).toBe(ORDER[0]);
    expect(pickedName(pressed(cnn, { key: 'end' }))).toBe(ORDER.at(-1));
    expect(pickedName(pressed(cnn, { key: 'end' }, { key: 'down' }))).toBe(ORDER.at(-1));
    expect(pickedName(pressed(cnn, 'Gg'))).toBe(ORDER[0]);
    const small = reduce(cnn, { type: 'resize', size: { columns: 80, rows: 16 } });
    const page = layoutOf(small.size, ORDER.length).list - 1;
    expect(page).toBeLessThan(ORDER.length);
    expect(pickedName(pressed(small, { key: 'page-down' }))).toBe(ORDER[page]);
    expect(pickedName(pressed(small, { key: 'page-down' }, { key: 'page-up' }))).toBe(ORDER[0]);
  });

  it('stays the same when the list is sorted, and in sight', () => {
    const small = reduce(cnn, { type: 'resize', size: { columns: 80, rows: 14 } });
    const { list } = layoutOf(small.size, ORDER.length);
    for (const keys of ['', 's', 'ss', 'sss']) {
      for (const [i, name] of ORDER.entries()) {
        const state = pressed(small, 'j'.repeat(i), keys);
        expect(pickedName(state)).toBe(name);
        const at = names(state).indexOf(name);
        expect(at).toBeGreaterThanOrEqual(state.top);
        expect(at).toBeLessThan(state.top + list);
      }
    }
  });

  it('scrolls no further than it takes', () => {
    const small = reduce(cnn, { type: 'resize', size: { columns: 80, rows: 14 } });
    const { list } = layoutOf(small.size, ORDER.length);
    expect(pressed(small, 'j'.repeat(list - 1)).top).toBe(0);
    expect(pressed(small, 'j'.repeat(list)).top).toBe(1);
    expect(pressed(small, 'j'.repeat(list), 'k').top).toBe(1);
    expect(pressed(small, 'G').top).toBe(ORDER.length - list);
    const large = reduce(pressed(small, 'G'), { type: 'resize', size: { columns: 80, rows: 60 } });
    expect(large.top).toBe(0);
  });
});

describe('statistics, order and modes', () => {
  it('go round', () => {
    const seen = Array.from(
      { length: 9 },
      (_, i) => pressed(cnn, ...Array(i).fill({ key: 'tab' as const })).statistic,
    );
    expect(seen).toEqual(['lsat', 'idim', 'erank', 'pr', 'trc', 'dtrc', 'logdet', 'det', 'lsat']);
    expect(pressed(cnn, { key: 'shift-tab' }).statistic).toBe('det');
  });

  it('sort by the value, then by name, then as executed', () => {
    const values = (state: ExploreState) => listedRows(state).map(({ value }) => value);
    const falling = values(pressed(cnn, 's'));
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    expect(values(pressed(cnn, 'ss'))).toEqual([...falling].sort((a, b) => a - b));
    expect(names(pressed(cnn, 'sss'))).toEqual([...ORDER].sort());
    expect(names(pressed(cnn, 'ssss'))).toEqual(ORDER);
  });

  it('put NaN last, rising and falling', () => {
    const [first, ...others] = cnn.loaded.get(cnn.epoch) ?? [];
    const broken: ExploreLayer = {
      ...first!,
      spectrum: { d: 2, values: Float64Array.of(Number.NaN, Number.NaN) },
    };
    const state = { ...cnn, loaded: new Map([[cnn.epoch, [broken, ...others]]]) };
    for (const keys of ['s', 'ss']) expect(names(pressed(state, keys)).at(-1)).toBe('conv1');
  });

  it('show the other mode where there is one', () => {
    expect(shownMode(both)).toBe('eval');
    expect(shownMode(pressed(both, 'm'))).toBe('train');
    expect(shownMode(pressed(both, 'mm'))).toBe('eval');
    expect(shownMode(pressed(cnn, 'm'))).toBe('eval');
    expect(allRows(pressed(both, 'm')).every(({ layer }) => layer.mode === 'train')).toBe(true);
  });
});

describe('the filter', () => {
  it.each([
    ['conv1', ['conv1', 'layer1-0-conv1', 'layer2-0-conv1']],
    ['conv*', ['conv1']],
    ['*conv?', ['conv1', 'layer1-0-conv1', 'layer1-0-conv2', 'layer2-0-conv1', 'layer2-0-conv2']],
    ['LAYER2', ['layer2-0-downsample-0', 'layer2-0-conv1', 'layer2-0-conv2']],
    ['!layer*', ['conv1', 'classifier-0', 'classifier-3']],
    ['[', []],
    ['', ORDER],
  ])('takes %s for a glob or a part of a name', (filter, found) => {
    const state = pressed(cnn, '/', filter);
    expect(state.filtering).toBe(true);
    expect(names(state)).toEqual(found);
    expect(names(pressed(state, { key: 'enter' }))).toEqual(found);
  });

  it('is typed, mended and cleared', () => {
    const typed = pressed(cnn, '/', 'qsx?', { key: 'backspace' }, { key: 'backspace' });
    expect([typed.filter, typed.leaving, typed.help]).toEqual(['qs', undefined, false]);
    expect(pressed(typed, { key: 'clear-line' })).toMatchObject({ filter: '', filtering: true });
    expect(pressed(typed, { key: 'escape' })).toMatchObject({ filter: '', filtering: false });
    expect(pressed(cnn, '/', { key: 'backspace' }).filtering).toBe(false);
    const kept = pressed(cnn, '/', 'conv', { key: 'enter' });
    expect(kept).toMatchObject({ filter: 'conv', filtering: false });
    expect(pressed(kept, { key: 'escape' }).filter).toBe('');
  });

  it('lets arrows move while it is typed, and picks what is left', () => {
    const state = pressed(cnn, 'G', '/', 'layer1');
    expect(pickedName(state)).toBe('layer1-0-downsample-0');
    expect(pickedName(pressed(state, { key: 'down' }))).toBe('layer1-0-conv1');
    expect(pickedName(pressed(cnn, 'G', '/', 'layer1', { key: 'escape' }))).toBe('classifier-3');
    expect(pickedIndex(listedRows(pressed(cnn, '/nothing')), cnn)).toBe(-1);
    expect(pressed(cnn, '/nothing', { key: 'down' }).picked).toBe(cnn.picked);
  });
});

describe('epochs', () => {
  it('are wanted, read and shown', async () => {
    const wanting = pressed(both, '[');
    expect(wanting).toMatchObject({ epoch: 1, wanted: 0 });
    const reading = reduce(wanting, { type: 'reading', epoch: 0, done: 1, all: 4 });
    expect(reading.progress).toEqual({ done: 1, all: 4 });
    const { layers } = await opened(PACKAGE, 0);
    const read = reduce(reading, { type: 'read', epoch: 0, layers });
    expect(read).toMatchObject({ epoch: 0, wanted: undefined, progress: undefined });
    const traces = (state: ExploreState) => allRows({ ...state, statistic: 'trc' }).map(({ value }) => value);
    expect(traces(read)).not.toEqual(traces(both));
    expect(pressed(read, ']')).toMatchObject({ epoch: 1, wanted: undefined });
    expect(pressed(both, ']')).toMatchObject({ epoch: 1, wanted: undefined });
    expect(pressed(read, '[')).toMatchObject({ epoch: 0, wanted: undefined });
  });

  it('that are wanted no longer change nothing', () => {
    const back = pressed(both, '[', ']');
    expect(back).toMatchObject({ epoch: 1, wanted: undefined });
    expect(reduce(back, { type: 'read', epoch: 0, layers: [] })).toBe(back);
  });

  it('that cannot be read are told of until the next key', () => {
    const failed = reduce(pressed(both, '['), { type: 'failed', epoch: 0, message: 'gone' });
    expect(failed).toMatchObject({ epoch: 1, wanted: undefined, failure: 'gone' });
    expect(pressed(failed, 'j').failure).toBeUndefined();
  });

  it('are forgotten, the oldest first, when there are many', () => {
    const epochs = Array.from({ length: 40 }, (_, i) => i);
    const layers = both.loaded.get(1)!;
    let state: ExploreState = { ...both, epochs, epoch: 39, loaded: new Map([[39, layers]]) };
    for (let epoch = 38; epoch >= 0; epoch--) {
      state = reduce(pressed(state, '['), { type: 'read', epoch, layers });
      expect(state.epoch).toBe(epoch);
      expect(state.loaded.size).toBeLessThanOrEqual(16);
    }
    expect(state.loaded.has(15)).toBe(true);
  });
});

describe('leaving', () => {
  it('is by q and by Ctrl-C, wherever one is', () => {
    expect(pressed(cnn, 'q').leaving).toBe('quit');
    for (const keys of ['', '/', '?']) {
      expect(pressed(cnn, keys, { key: 'interrupt' }).leaving).toBe('interrupted');
    }
    expect(pressed(cnn, '?q')).toMatchObject({ help: false, leaving: undefined });
    expect(pressed(cnn, 'qj').picked).toBe(cnn.picked);
  });
});
