import { readFile } from 'node:fs/promises';
import stringWidth from 'string-width';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { CNN, type Expected, expected, PACKAGE } from './fixtures.js';
import { cleanup, KEYS, type Mounted, mounted } from './mounted.js';

afterEach(cleanup);

/** The listed layers with the number beside each. */
function listed(screen: Mounted): Map<string, string> {
  const rows = screen.lines().flatMap((line) => {
    const [, layer, value] =
      /^[▸ ] (\S+) +(?:[\d,]+ +)?(-?[\d.]+(?:e[+-]\d+)?|nan|-inf) ?[█▏▎▍▌▋▊▉▐ ]*$/.exec(line) ?? [];
    return layer === undefined ? [] : [[layer, value!] as const];
  });
  return new Map(rows);
}

/** A name may be cut where it still differs from the others. */
function wholeName(shown: string, of: readonly Expected[]): string | undefined {
  const [start = '', end = ''] = shown.split('…');
  const found = of.filter(({ layer }) =>
    shown.includes('…') ? layer.startsWith(start) && layer.endsWith(end) : layer === shown,
  );
  return found.length === 1 ? found[0]!.layer : undefined;
}

/** Numbers on the screen have four digits. */
function expectShown(
  screen: Mounted,
  of: readonly Expected[],
  value: (layer: Expected) => number | null,
): void {
  const rows = listed(screen);
  const names = [...rows.keys()].map((shown) => wholeName(shown, of));
  expect(names.sort()).toEqual(of.map(({ layer }) => layer).sort());
  for (const layer of of) {
    const [, shown] = [...rows].find(([name]) => wholeName(name, of) === layer.layer)!;
    const wanted = value(layer);
    if (wanted === null) continue;
    expect(Math.abs(Number(shown) - wanted), layer.layer).toBeLessThanOrEqual(Math.abs(wanted) * 5e-4);
  }
}

const cnn = expected['torch/expected/cnn'];

describe.each([
  [80, 24],
  [40, 24],
])('at %i x %i', (columns, rows) => {
  it('shows saturations as NumPy computes them, at every threshold on the way', async () => {
    const screen = await mounted(CNN, { columns, rows });
    const saturation = (threshold: number) => (layer: Expected) => layer.idim[threshold]! / layer.d;
    expectShown(screen, cnn, saturation(0.99));
    await screen.send(KEYS.right);
    expectShown(screen, cnn, saturation(0.992));
    await screen.send(KEYS.left, KEYS.left);
    expectShown(screen, cnn, saturation(0.985));
    await screen.send(KEYS['shift-right'], KEYS['shift-right']);
    expectShown(screen, cnn, saturation(0.999));
  });

  it('shows the other statistics as NumPy computes them', async () => {
    const screen = await mounted(CNN, { columns, rows });
    const values: ((layer: Expected) => number | null)[] = [
      ({ idim }) => idim['0.99']!,
      ({ erank }) => erank,
      ({ pr }) => pr,
      ({ trc }) => trc,
      ({ trc }) => trc,
      ({ logdet }) => logdet,
      ({ logdet }) => (logdet === null ? null : Math.exp(logdet)),
    ];
    for (const value of values) {
      await screen.send(KEYS.tab);
      expectShown(screen, cnn, value);
    }
    await screen.send(KEYS['shift-tab']);
    expectShown(screen, cnn, ({ logdet }) => logdet);
  });

  it('fills the screen exactly', async () => {
    const screen = await mounted(CNN, { columns, rows });
    for (const keys of ['', KEYS.end, 's', '/conv', KEYS.enter, '?', 'x', '/nothing']) {
      await screen.send(keys);
      const lines = screen.lines();
      expect(lines.length).toBe(rows);
      for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
    }
  });

  it('shows the whole name of the picked layer', async () => {
    const screen = await mounted(CNN, { columns, rows });
    for (const { layer } of [...cnn].sort(() => 1)) {
      await screen.send(KEYS.escape, `/${layer}`, KEYS.enter);
      const at = screen.lines().findIndex((line) => line.startsWith(layer));
      expect(at, layer).toBeGreaterThan(0);
    }
  });
});

describe('a run of two epochs and modes', () => {
  it('shows each of them as NumPy computes it', async () => {
    const screen = await mounted(PACKAGE);
    const of = (mode: string, epoch: number) =>
      expected['dump/package'].filter((layer) => layer.mode === mode && layer.epoch === epoch);
    await screen.send(...Array<string>(4).fill(KEYS.tab));
    expectShown(screen, of('eval', 1), ({ trc }) => trc);
    expect(screen.lines()[0]).toMatch(/eval, epoch 1 \(2 of 2\)$/);
    await screen.send('m');
    expectShown(screen, of('train', 1), ({ trc }) => trc);
    await screen.send('[');
    await expect.poll(() => screen.lines()[0]).toMatch(/train, epoch 0 \(1 of 2\)$/);
    expectShown(screen, of('train', 0), ({ trc }) => trc);
    await screen.send('m');
    expectShown(screen, of('eval', 0), ({ trc }) => trc);
    await screen.send(']');
    expectShown(screen, of('eval', 1), ({ trc }) => trc);
  });

  it('tells how far an epoch is read, and reads no further when another is wanted', async () => {
    const aborted: number[] = [];
    const screen = await mounted(PACKAGE, {
      source: {
        read: (epoch, progress, signal) =>
          new Promise((_, reject) => {
            progress(3, 7);
            signal.addEventListener('abort', () => {
              aborted.push(epoch);
              reject(signal.reason);
            });
          }),
      },
    });
    await screen.send('[');
    await expect.poll(() => screen.lines()[0]).toMatch(/eval, epoch 1 \(2 of 2\), reading 0 3\/7$/);
    await screen.send(']');
    expect(screen.lines()[0]).toMatch(/eval, epoch 1 \(2 of 2\)$/);
    await expect.poll(() => aborted).toEqual([0]);
  });

  it('says why an epoch cannot be read, and stays at the one that is shown', async () => {
    const screen = await mounted(PACKAGE, {
      source: { read: () => Promise.reject(new UserError('the disk is gone')) },
    });
    const before = listed(screen);
    await screen.send('[');
    await expect.poll(() => screen.lines().at(-1)).toBe('the disk is gone');
    expect(listed(screen)).toEqual(before);
    await screen.send('j');
    expect(screen.lines().at(-1)).toContain('q quit');
  });
});

describe('the spectrum', () => {
  it('has its cut where the threshold puts it', async () => {
    const screen = await mounted(CNN);
    for (const [keys, threshold] of [
      ['', '0.99'],
      [KEYS.right, '0.992'],
      ['L', '0.999'],
      ['HH', '0.9'],
    ] as const) {
      await screen.send(keys);
      const conv1 = cnn.find(({ layer }) => layer === 'conv1')!;
      const idim = conv1.idim[threshold]!;
      const text = screen.lines().join('\n');
      expect(text).toContain(`${idim} of ${conv1.d} explain`);
      const marks = screen.lines().find((line) => line.includes('▲'))!;
      expect(marks.match(/▲\d+/g)).toEqual([`▲${idim}`, `▲${idim}`]);
      // A column an eigenvalue, from the ninth cell on.
      expect(marks.indexOf('▲') - 9).toBe(idim - 1);
    }
  });

  it('falls from the largest eigenvalue, while the share rises to 1', async () => {
    const screen = await mounted(CNN, { rows: 40 });
    const lines = screen.lines();
    const start = lines.findIndex((line) => line.startsWith('eigenvalues')) + 1;
    const end = lines.findIndex((line) => line.includes('▲'));
    const charts = lines.slice(start, end);
    const heights = (from: number) =>
      Array.from({ length: 16 }, (_, i) =>
        charts.reduce((sum, line) => sum + Math.max(0, ' ▁▂▃▄▅▆▇█'.indexOf(line[from + i] ?? ' ')), 0),
      );
    const scree = heights(9);
    expect(scree).toEqual([...scree].sort((a, b) => b - a));
    expect(scree[0]).toBe(charts.length * 8);
    const shares = heights(50);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(charts.length * 8);
  });
});

describe('keys', () => {
  it('typed quickly arrive together', async () => {
    const screen = await mounted(CNN);
    await screen.send('/conv1\rjj');
    expect([...listed(screen).keys()]).toEqual(['conv1', 'layer1-0-conv1', 'layer2-0-conv1']);
    expect(screen.lines().find((line) => line.startsWith('▸'))).toContain('layer2-0-conv1');
  });

  it('quit, or interrupt', async () => {
    const first = await mounted(CNN);
    await first.send('q');
    await expect.poll(() => first.left()).toBe('quit');
    const second = await mounted(CNN);
    await second.send('/', KEYS['ctrl-c']);
    await expect.poll(() => second.left()).toBe('interrupted');
  });
});

describe('a screen', () => {
  it('that is resized is laid out anew', async () => {
    const screen = await mounted(CNN);
    for (const size of [
      { columns: 40, rows: 10 },
      { columns: 30, rows: 5 },
      { columns: 120, rows: 50 },
    ]) {
      screen.resize(size);
      await expect.poll(() => screen.lines().length).toBe(size.rows);
      const lines = screen.lines();
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(size.columns);
      expect(lines.some((line) => line.startsWith('▸ conv1'))).toBe(true);
    }
  });

  it('without colours has none, and says the same', async () => {
    const plain = await mounted(CNN);
    const coloured = await mounted(CNN, { colour: true });
    expect(plain.lines().join('\n')).not.toContain('\x1b');
    expect(coloured.lines().join('\n')).toContain('\x1b[32m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
    expect(coloured.lines().map((line) => line.replace(/\x1b\[[\d;]*m/g, '').trimEnd())).toEqual(
      plain.lines(),
    );
  });
});

describe('the README', () => {
  it('shows the screen as it is', async () => {
    const screen = await mounted(CNN, { rows: 20 });
    await screen.send(KEYS.down, KEYS.down, KEYS.down);
    expect(await readFile('README.md', 'utf8')).toContain(`\n${screen.lines().join('\n')}\n`);
  });
});
