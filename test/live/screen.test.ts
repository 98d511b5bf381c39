import { readFile } from 'node:fs/promises';
import stringWidth from 'string-width';
import { afterEach, describe, expect, it } from 'vitest';
import type { RecordOptions } from '../../src/record/options.js';
import { type Recording, record } from '../../src/record/record.js';
import type { LiveEvent } from '../../src/ui/live/state.js';
import { recordTable } from '../../src/ui/record-table.js';
import { terminal } from '../../src/ui/terminal.js';
import { cleanup, KEYS, type Mounted, mounted } from './mounted.js';
import { optionsOf, screenEvents } from './recorded.js';

afterEach(cleanup);

/** Layers with the number beside each, as the screen lists them. */
function listed(screen: Mounted): Map<string, string> {
  const rows = screen.lines().flatMap((line) => {
    const [, layer, value] = /^(\S+) +(?:[\d,]+ +)*(\d\.\d{4}|…) ?[█▏▎▍▌▋▊▉]*$/.exec(line) ?? [];
    return layer === undefined ? [] : [[layer, value!] as const];
  });
  return new Map(rows);
}

/** The events of a recording, whole. */
async function recorded(
  more: Partial<RecordOptions> = {},
): Promise<{ recording: Recording; events: LiveEvent[] }> {
  const events: LiveEvent[] = [];
  const options = optionsOf(more);
  const recording = await record(
    options,
    screenEvents(options, (event) => events.push(event)),
  );
  return { recording, events };
}

/** So many layers in a run of 1000 samples. */
function runOf(count: number, more: object = {}): LiveEvent {
  const layers = Array.from({ length: count }, (_, i) => ({ name: `block-${i}-conv`, d: 64 }));
  const run = {
    epoch: 0,
    epochs: 1,
    firstEpoch: 0,
    model: 'model',
    mode: 'eval',
    data: 'x.npy',
    samples: 1000,
    engine: 'onnx',
    device: 'CPU',
    threads: 2,
    threshold: 0.99,
    layers,
    ...more,
  };
  return { type: 'start', run, at: 0 };
}

describe.each([
  [80, 24],
  [40, 24],
  [40, 11],
])('a recording at %i x %i', (columns, rows) => {
  it('fits at every moment, settles, and ends at the numbers of the table', async () => {
    let { recording, events } = await recorded();
    // A recording as short as this one may be over before there was time to look at a layer.
    const isEarly = (event: LiveEvent) => event.type === 'saturation' && !event.value.final;
    for (let tries = 1; tries < 10 && !events.some(isEarly); tries++)
      ({ recording, events } = await recorded({ batchSize: 5 }));
    const screen = await mounted(columns, rows);
    let settling = 0;
    for (const event of events) {
      screen.tell(event);
      expect(screen.lines()).toHaveLength(rows);
      expect(Math.max(...screen.lines().map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
      const numbers = [...listed(screen).values()].filter((value) => value !== '…');
      if (event.type === 'progress' && numbers.length > 0) settling++;
    }
    expect(settling).toBeGreaterThan(0);
    const shown = listed(screen);
    await screen.send(KEYS.end);
    for (const [layer, value] of listed(screen)) shown.set(layer, value);
    const pipe = { paint: terminal(process.stderr, { NO_COLOR: '1' }).paint, isTerminal: false, width: 200 };
    const table = recordTable(recording.epochs[0]!, pipe).trimEnd().split('\n');
    const column = table[0]!.split(/ +/).indexOf('saturation');
    const wanted = table.slice(1).map((line) => line.split(/ +/));
    expect(shown).toEqual(new Map(wanted.map((cells) => [cells[0], cells[column]])));
  });
});

describe('the header', () => {
  it('tells rate and time left, without the time of pauses', async () => {
    const screen = await mounted();
    screen.tell(runOf(3, { epoch: 4, epochs: 3, firstEpoch: 3 }));
    expect(screen.lines()[0]).toMatch(/^model +eval, epoch 4 \(2 of 3\)$/);
    screen.tell({ type: 'progress', done: 200, at: 10_000 });
    expect(screen.lines()[1]).toContain(' 200/1,000 samples  20/s  40 s left');
    screen.tell({ type: 'paused', isPaused: true, at: 10_000 });
    screen.tell({ type: 'tick', now: 3_600_000, memory: 3 * 2 ** 20 });
    expect(screen.lines()[1]).toContain(' 200/1,000 samples  20/s  40 s left');
    expect(screen.lines()[2]).toBe('onnx on CPU · 2 threads · 3.0 MB · 10 s · x.npy');
    screen.tell({ type: 'paused', isPaused: false, at: 3_600_000 });
    screen.tell({ type: 'progress', done: 400, at: 3_610_000 });
    expect(screen.lines()[1]).toContain(' 400/1,000 samples  20/s  30 s left');
    screen.tell({ type: 'tick', now: 3_613_000, memory: 0 });
    expect(screen.lines()[1]).toContain('27 s left');
  });

  it('follows a rate that changes', async () => {
    const screen = await mounted();
    screen.tell(runOf(3, { samples: 100_000 }));
    for (let s = 1; s <= 40; s++) screen.tell({ type: 'progress', done: s * 100, at: s * 1000 });
    expect(screen.lines()[1]).toContain('  100/s  16 min 0 s left');
    for (let s = 41; s <= 80; s++)
      screen.tell({ type: 'progress', done: 4000 + (s - 40) * 10, at: s * 1000 });
    expect(screen.lines()[1]).toContain('  10/s  2 h 39 min left');
  });
});

describe('keys', () => {
  it('scroll through 200 layers', async () => {
    const screen = await mounted();
    screen.tell(runOf(200));
    expect(screen.lines()[3]).toMatch(/ 1–18 of 200$/);
    expect([...listed(screen).keys()]).toHaveLength(18);
    await screen.send(KEYS.down, 'j');
    expect([...listed(screen).keys()][0]).toBe('block-2-conv');
    await screen.send(KEYS['page-down']);
    expect([...listed(screen).keys()][0]).toBe('block-19-conv');
    await screen.send(KEYS.end, 'jj');
    expect([...listed(screen).keys()].at(-1)).toBe('block-199-conv');
    screen.tell({ type: 'resize', size: { columns: 60, rows: 50 } });
    expect([...listed(screen).keys()].at(-1)).toBe('block-199-conv');
    expect([...listed(screen).keys()]).toHaveLength(44);
    await screen.send('g');
    expect([...listed(screen).keys()][0]).toBe('block-0-conv');
  });

  it('pause, resume, stop once, and interrupt', async () => {
    const screen = await mounted();
    screen.tell(runOf(2));
    const bottom = () => screen.lines().at(-1)!;
    expect(bottom()).toBe('p pause  q stop and keep  Ctrl-C discard');
    await screen.send('p');
    expect(bottom()).toContain('pausing after this batch  p go on');
    screen.tell({ type: 'paused', isPaused: true, at: 1 });
    expect(bottom()).toMatch(/^paused {2}p go on/);
    await screen.send('p');
    screen.tell({ type: 'paused', isPaused: false, at: 2 });
    expect(bottom()).toContain('p pause');
    await screen.send('q', 'q', 'p');
    expect(bottom()).toBe('stopping after this batch');
    await screen.send(KEYS['ctrl-c']);
    expect(bottom()).toBe('interrupting');
    expect(screen.commands).toEqual(['pause', 'resume', 'stop', 'interrupt']);
  });
});

describe('a screen', () => {
  it('shows notes, and names that hold what terminals take for commands', async () => {
    const screen = await mounted();
    screen.tell(runOf(0, { layers: [{ name: 'a\x1b[2Jb', d: null }] }));
    expect(screen.lines()[4]).toContain('a\uFFFD[2Jb');
    screen.tell({ type: 'note', message: 'first', at: 0 });
    expect(screen.lines().at(-2)).toBe('note: first');
    screen.tell({ type: 'note', message: `second ${'long '.repeat(30)}`, at: 0 });
    expect(screen.lines().at(-2)).toMatch(/^2 notes, the last: second .*…/);
  });

  it('keeps the values of the epoch before until there are new ones', async () => {
    const screen = await mounted(80, 24, true);
    screen.tell(runOf(1));
    const value = { layer: 'block-0-conv', n: 500, d: 64, saturation: 0.25, final: true };
    screen.tell({ type: 'saturation', value, at: 1 });
    expect(screen.lines()[4]).toContain('\x1b[32m');
    screen.tell(runOf(1, { epoch: 1 }));
    expect(screen.lines()[4]).toContain('0.2500');
    expect(screen.lines()[4]).not.toContain('\x1b[32m');
    expect(screen.lines()[4]).not.toContain(' 500 ');
  });

  it('is what the README shows', async () => {
    // What is seen after 320 of the 500 samples, if all layers have just been looked at.
    const { events } = await recorded({ limit: 320 });
    const screen = await mounted(80, 14);
    for (const event of events) {
      if (event.type === 'start') screen.tell({ ...event, run: { ...event.run, samples: 500 } });
      else if (event.type === 'saturation' && event.value.final) screen.tell(event);
    }
    screen.tell({ type: 'progress', done: 320, at: 800 });
    screen.tell({ type: 'tick', now: 800, memory: 310 * 2 ** 20 });
    expect(await readFile('README.md', 'utf8')).toContain(`\n${screen.lines().join('\n')}\n`);
  });
});
