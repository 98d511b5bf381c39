import { formatNumber } from '../../ui/numbers.js';
import type { EpochsFigure } from '../figure.js';
import { type Canvas, nameColumn } from './canvas.js';
import { axisTitle, ruler, shortNumber, type Tick, tickLine } from './labels.js';
import { positionOf, type Scale, scaleOf } from './scale.js';

const SHADES = ['░', '▒', '▓', '█'];
const MISSING = '·';
const NARROWEST_MAP = 8;
const WIDEST_CELL = 4;

/** Layers by epochs as shaded cells, with the value of the last epoch beside them. */
export function drawEpochs(figure: EpochsFigure, canvas: Canvas): string[] {
  const { layers, epochs, values, value } = figure;
  const { columns, paint } = canvas;
  const scale = scaleOf(
    values.flatMap((row) => row.filter((number) => number !== undefined)),
    value,
  );
  const last = values.map((row) => {
    const number = row.at(-1);
    return number === undefined ? '–' : formatNumber(number);
  });
  const digits = Math.max(1, ...last.map(({ length }) => length));
  const names = nameColumn(layers, NARROWEST_MAP + 1 + digits, canvas);
  const room = Math.max(1, columns - names.width - 1 - digits);
  const groups = groupsOf(epochs.length, room);
  const cell = Math.min(WIDEST_CELL, Math.max(1, Math.floor(room / groups.length)));
  const width = groups.length * cell;

  const ticks = groups.map(([start], i) => ({ at: i * cell, text: String(epochs[start]) }));
  const [final] = ticks.splice(-1, 1);
  const line = tickLine(
    [ticks[0], final, ...spread(ticks, width)].flatMap((tick) => tick ?? []),
    width,
  );
  const lines = [paint.dim(`${' '.repeat(names.width)}${line} ${'last'.padStart(digits)}`)];
  for (const [i, layer] of layers.entries()) {
    const row = values[i] ?? [];
    const cells = groups.map(([start, end]) => shadeOf(mean(row.slice(start, end)), scale).repeat(cell));
    lines.push(...names.put(layer, [`${paint.cyan(cells.join(''))} ${last[i]!.padStart(digits)}`]));
  }
  const joined = Math.ceil(epochs.length / groups.length);
  if (joined > 1) lines.push(paint.dim(`epochs across, a cell the mean of up to ${joined}`));
  else lines.push(paint.dim(epochs.length > 1 ? 'epochs across' : 'one epoch'));
  lines.push(legend(scale, axisTitle(value), columns));
  return lines;
}

/** Epochs side by side, as many of them in a cell as it takes. */
function groupsOf(count: number, room: number): [number, number][] {
  const cells = Math.max(1, Math.min(count, room));
  return Array.from({ length: cells }, (_, i) => [
    Math.floor((i * count) / cells),
    Math.floor(((i + 1) * count) / cells),
  ]);
}

/** Every so many of the ticks, so that their texts stay apart. */
function spread(ticks: readonly Tick[], width: number): Tick[] {
  const cells = ticks.reduce((sum, { text }) => sum + text.length + 2, 0);
  const step = Math.max(1, Math.ceil(cells / Math.max(1, width)));
  return ticks.filter((_, i) => i % step === 0);
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const numbers = values.filter((value) => value !== undefined);
  return numbers.length === 0 ? undefined : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function shadeOf(value: number | undefined, scale: Scale): string {
  const at = value === undefined ? Number.NaN : positionOf(value, scale);
  if (Number.isNaN(at)) return MISSING;
  return SHADES[Math.min(SHADES.length - 1, Math.floor(at * SHADES.length))]!;
}

function legend(scale: Scale, title: string, columns: number): string {
  const cells = Math.max(1, Math.min(6, Math.floor(columns / 10)));
  const shades = SHADES.map((shade) => shade.repeat(cells)).join('');
  const [low, high] = [shortNumber(scale.low), shortNumber(scale.high)];
  const line = `${low} ${shades} ${high}  ${title}`;
  return line.length <= columns ? line : ruler(low, '', high, columns);
}
