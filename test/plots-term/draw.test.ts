import { readFileSync } from 'node:fs';
import Papa from 'papaparse';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Figure, FigureKindName, FigureOptions } from '../../src/plots/figure.js';
import { FIGURE_KINDS } from '../../src/plots/figures.js';
import { drawTerm } from '../../src/plots/term/draw.js';
import { openResults } from '../../src/results/open.js';

const CNN = 'fixtures/torch/expected/cnn';
const PACKAGE = 'fixtures/dump/package';

async function figuresOf(
  kind: FigureKindName,
  runs: readonly string[],
  options: Partial<FigureOptions> = {},
  threshold?: number,
): Promise<Figure[]> {
  const { epochs, spectra, make } = FIGURE_KINDS[kind];
  const stats = options.stats ?? ['lsat'];
  const opened = await Promise.all(
    runs.map((run) =>
      openResults(run, {
        stats,
        threshold,
        rule: 'delve',
        layers: [],
        mode: undefined,
        epoch: epochs === 'all' ? 'all' : -1,
        spectra,
        threads: 1,
        cache: undefined,
      }),
    ),
  );
  const all: FigureOptions = {
    stats,
    thresholds: [0.9, 0.99],
    rule: 'delve',
    primaryMetric: undefined,
    range: undefined,
    log: false,
    layersChosen: true,
    title: undefined,
    ...options,
  };
  return make(
    opened.map((results) => ({ results, threshold })),
    all,
  );
}

function draw(figure: Figure | undefined, columns = 80, color = false): string[] {
  return drawTerm(figure!, { columns, color }).trimEnd().split('\n');
}

/** A statistic of the package's own csv, by layer. */
function packageValues(csv: string, column: string, row: number): Map<string, number> {
  const { data } = Papa.parse<Record<string, string>>(readFileSync(csv, 'utf8'), {
    header: true,
    delimiter: ';',
  });
  const start = `${column}_`;
  return new Map(
    Object.entries(data[row]!).flatMap(([name, value]) =>
      name.startsWith(start) ? [[name.slice(start.length), Number(value)] as const] : [],
    ),
  );
}

/** Cells of a bar. */
function barLength(bar: string): number {
  const eighths = ' ▏▎▍▌▋▊▉█';
  return [...bar].reduce((sum, cell) => sum + eighths.indexOf(cell) / 8, 0);
}

const WIDTHS = [20, 30, 40, 80, 120, 200];
const KINDS: readonly [FigureKindName, Partial<FigureOptions>][] = [
  ['layers', { stats: ['lsat'] }],
  ['layers', { stats: ['logdet'] }],
  ['layers', { stats: ['trc'], log: true }],
  ['epochs', { stats: ['trc'] }],
  ['spectrum', {}],
  ['scatter', { stats: ['lsat', 'trc'] }],
];

describe.each(KINDS)('a figure of kind %s, %j', (kind, options) => {
  it.each(WIDTHS)('keeps within %i cells, and has whole names', async (columns) => {
    for (const run of [CNN, PACKAGE]) {
      for (const figure of await figuresOf(kind, [run], options)) {
        const lines = draw(figure, columns);
        for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
        const text = lines.join('').replace(/ /g, '');
        for (const name of packageValues(`${run}.csv`, 'eval-saturation', 0).keys())
          expect(text).toContain(name);
      }
    }
  });

  it('says the same with colours', async () => {
    const [figure] = await figuresOf(kind, [CNN], options);
    const coloured = drawTerm(figure!, { columns: 80, color: true });
    expect(coloured).toContain('\x1b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
    const plain = coloured.replace(/\x1b\[[\d;]*m/g, '').replace(/ +$/gm, '');
    expect(plain).toBe(drawTerm(figure!, { columns: 80, color: false }));
  });
});

describe('layers', () => {
  it('have bars as long as their values are, those of the Python package', async () => {
    const [figure] = await figuresOf('layers', [CNN]);
    const wanted = packageValues(`${CNN}.csv`, 'eval-saturation', 0);
    const rows = draw(figure).flatMap((line) => {
      const [, layer, value, bar] = /^(\S+) +([\d.]+) ([█▏▎▍▌▋▊▉]*)$/.exec(line) ?? [];
      return layer === undefined ? [] : [{ layer, value: Number(value), cells: barLength(bar!) }];
    });
    expect(rows.map(({ layer }) => layer)).toEqual([...wanted.keys()]);
    const width = 80 - 'layer1-0-downsample-0'.length - 2 - '0.5000 '.length;
    for (const { layer, value, cells } of rows) {
      expect(value).toBeCloseTo(wanted.get(layer)!, 4);
      expect(Math.abs(cells - width * wanted.get(layer)!)).toBeLessThanOrEqual(1 / 16);
    }
  });

  it('of two modes have a letter and a colour each', async () => {
    const [figure] = await figuresOf('layers', [PACKAGE], { stats: ['lsat'] });
    const lines = draw(figure);
    expect(lines).toContain('a  train');
    expect(lines).toContain('b  eval');
    for (const [letter, mode] of [
      ['a', 'train'],
      ['b', 'eval'],
    ] as const) {
      for (const [layer, value] of packageValues(`${PACKAGE}.csv`, `${mode}-saturation`, 1)) {
        const first = lines.findIndex((line) => line.startsWith(layer));
        const line = lines[first + (letter === 'a' ? 0 : 1)]!;
        expect(line.slice('features-0'.length + 2)).toMatch(new RegExp(`^${letter} ${value.toFixed(4)} █`));
      }
    }
    expect(draw(figure, 80, true).filter((line) => line.includes('\x1b[33m')).length).toBe(3);
  });

  it('of negative values have bars that end at 0', async () => {
    const [figure] = await figuresOf('layers', [PACKAGE], { stats: ['logdet'] });
    const bars = draw(figure).flatMap((line) => (/█$/.test(line) ? [line] : []));
    expect(bars.length).toBe(4);
    for (const line of bars) expect(stringWidth(line)).toBe(80);
  });

  it('without a value have none, and no bar', async () => {
    const [figure] = await figuresOf('layers', [CNN, PACKAGE]);
    const lines = draw(figure, 80);
    const first = lines.findIndex((line) => line.startsWith('conv1'));
    expect(lines[first]).toMatch(/^conv1 +a 0\.5000 █/);
    expect(lines[first + 1]).toMatch(/^ +b +–$/);
  });

  it('whose names are no good on a terminal are shown without commands', () => {
    const figure: Figure = {
      kind: 'layers',
      title: 'bell \x07',
      subtitle: '',
      name: 'x',
      layers: ['\x1b[31mred', '畳み込み', 'x'.repeat(60)],
      series: [{ label: '', values: [0.5, 1, undefined] }],
      value: { title: 'saturation', range: [0, 1], integer: false, log: false },
      note: 'accuracy: 0.93',
    };
    const lines = draw(figure, 40);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    expect(lines).toContain('�[31mred');
    expect(lines).toContain('x'.repeat(40));
    expect(lines).toContain('x'.repeat(20));
    expect(lines.at(-1)).toBe('accuracy: 0.93');
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(40);
  });
});

describe('epochs', () => {
  const epochs = Array.from({ length: 300 }, (_, i) => i);
  const figure: Figure = {
    kind: 'epochs',
    title: 'Saturation over epochs',
    subtitle: '',
    name: 'x',
    layers: ['rising', 'falling', 'missing'],
    epochs,
    values: [
      epochs.map((i) => i / 299),
      epochs.map((i) => 1 - i / 299),
      epochs.map((i) => (i < 150 ? 0.5 : undefined)),
    ],
    value: { title: 'saturation', range: [0, 1], integer: false, log: false },
  };

  it('are shaded by their values, hundreds of them joined', () => {
    const lines = draw(figure, 60);
    const cells = (layer: string) => /[░▒▓█·]+/.exec(lines.find((line) => line.startsWith(layer))!)![0];
    expect(cells('rising')).toMatch(/^░+▒+▓+█+$/);
    expect(cells('falling')).toMatch(/^█+▓+▒+░+$/);
    expect(cells('missing')).toMatch(/^▓+·+$/);
    expect(new Set(['rising', 'falling', 'missing'].map((layer) => cells(layer).length)).size).toBe(1);
    expect(lines.join('\n')).toMatch(/a cell the mean of up to [67]$/m);
    expect(lines.find((line) => line.startsWith('rising'))).toMatch(/ 1$/);
  });

  it('are told by number, the first and the last among them', () => {
    const few = { ...figure, epochs: [3, 4, 9], values: figure.values.map((row) => row.slice(0, 3)) };
    expect(draw(few, 60)[1]).toMatch(/ 3 +4 +9 +last$/);
  });

  it('of the Python package have its last values beside them', async () => {
    const figures = await figuresOf('epochs', [PACKAGE], { stats: ['trc'] });
    expect(figures.length).toBe(2);
    for (const [i, mode] of (['train', 'eval'] as const).entries()) {
      for (const [layer, value] of packageValues(`${PACKAGE}.csv`, `${mode}-covariance-trace`, 1)) {
        const line = draw(figures[i]).find((one) => one.startsWith(layer))!;
        expect(Number(line.split(' ').at(-1))).toBeCloseTo(value, 3);
      }
    }
  });
});

describe('spectra', () => {
  const numpy: Record<string, { layer: string; d: number; idim: Record<string, number> }[]> = JSON.parse(
    readFileSync('fixtures/explore.json', 'utf8'),
  );

  it('are cut where NumPy cuts them, at every threshold', async () => {
    const [figure] = await figuresOf('spectrum', [CNN]);
    const lines = draw(figure);
    for (const { layer, d, idim } of numpy['torch/expected/cnn']!) {
      const start = lines.indexOf(layer);
      const told = lines.slice(start).find((line) => line.startsWith('0.99: '))!;
      expect(told).toMatch(new RegExp(`^0\\.99: ${idim['0.99']} of ${d} explain 0\\.9`));
      const marks = lines.slice(start).find((line) => line.includes('▲'))!;
      const cuts = [...new Set(marks.match(/▲\d+/g))];
      expect(cuts).toContain(`▲${idim['0.99']}`);
      if (idim['0.99']! > idim['0.9']! + 4) expect(cuts).toContain(`▲${idim['0.9']}`);
    }
  });

  it('of one eigenvalue, of zeros and of thousands are drawn', () => {
    const series = [
      [1],
      [0, 0, 0],
      Array.from({ length: 4096 }, (_, i) => 0.99 ** i),
      [1e300, 1e-300, 0],
    ].map((values, i) => {
      const eigenvalues = Float64Array.from(values);
      const total = values.reduce((sum, value) => sum + value, 0) || 1;
      let sum = 0;
      const explained = eigenvalues.map((value) => {
        sum += value;
        return sum / total;
      });
      return {
        label: `layer ${i}`,
        eigenvalues,
        explained,
        cuts: [{ threshold: 0.9, idim: 1, explained: 1 }],
      };
    });
    const figure: Figure = {
      kind: 'spectrum',
      title: 't',
      subtitle: '',
      name: 'x',
      series,
      thresholds: [0.9],
    };
    for (const columns of WIDTHS) {
      const lines = draw(figure, columns);
      expect(lines.join('\n')).not.toContain('NaN');
      for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
    }
  });
});

describe('points', () => {
  it('that are layers have marks where their values are, and a list of both', async () => {
    const [figure] = await figuresOf('scatter', [CNN], { stats: ['lsat', 'trc'] });
    const lines = draw(figure);
    const saturations = packageValues(`${CNN}.csv`, 'eval-saturation', 0);
    const traces = packageValues(`${CNN}.csv`, 'eval-covariance-trace', 0);
    const plane = lines.filter((line) => line.includes('│')).map((line) => line.slice(9));
    for (const [i, [layer, saturation]] of [...saturations].entries()) {
      const told = lines.find((line) => line.startsWith(`${i + 1} ${layer} `))!;
      const [x, y] = told.split(/ +/).slice(-2).map(Number);
      expect(x).toBeCloseTo(saturation, 4);
      expect(Math.abs(y! - traces.get(layer)!)).toBeLessThan(traces.get(layer)! * 1e-3);
      const row = plane.find((line) => line.includes(String(i + 1)))!;
      expect(row.indexOf(String(i + 1))).toBe(Math.round(saturation * 70));
    }
  });

  it('without labels are dots, those of several series marks of their own', () => {
    const points = Array.from({ length: 500 }, (_, i) => ({
      x: Math.cos(i),
      y: Math.sin(i),
      label: '',
      series: i % 2 === 0 ? 'even' : 'odd',
    }));
    const axis = { title: 'x', range: undefined, integer: false, log: false };
    const figure: Figure = { kind: 'scatter', title: 't', subtitle: '', name: 'x', x: axis, y: axis, points };
    const two = draw(figure).join('\n');
    expect(two).toMatch(/^● {2}even$/m);
    expect(two).toMatch(/^○ {2}odd$/m);
    const one = draw({ ...figure, points: points.map((point) => ({ ...point, series: '' })) }).join('\n');
    expect(one).toMatch(/[\u2801-\u28ff]/);
    expect(one).not.toMatch(/[●○]/);
  });
});
