import type { TopLevelSpec } from 'vega-lite';
import type { EpochsFigure, FigureStyle } from '../figure.js';
import { PALETTES } from '../theme.js';
import { AROUND, frameOf, labelSize, scaleOf, sized, ticksOf, widest } from './frame.js';

/** A heat map: layers one below the other, epochs side by side; where there is no value, the ground shows. */
export function epochsSpec(figure: EpochsFigure, style: FigureStyle): TopLevelSpec {
  const { layers, epochs, values, value } = figure;
  const { fontSize, theme } = style;
  const { missing } = PALETTES[theme];
  const label = widest(epochs.map(String), fontSize) + 8;
  const width = Math.max(
    240,
    epochs.length * Math.min(Math.max(28, label), Math.max(4, Math.floor(720 / epochs.length))),
  );
  const height = Math.max(80, layers.length * (fontSize + 5));
  const room = style.size
    ? { width: style.size.width - AROUND.width, height: style.size.height - AROUND.height }
    : { width, height };
  const holes = values.some((row) => row.includes(undefined));
  const colours = { ...scaleOf(value, values.flat()), scheme: 'viridis' as const };
  const frame = frameOf(figure, style);
  return {
    ...frame,
    ...(holes ? { title: { ...frame.title, subtitle: `${figure.subtitle} · grey: no value` } } : {}),
    ...sized(style, { width, height }),
    view: { fill: missing },
    data: {
      values: layers.flatMap((layer, i) =>
        epochs.flatMap((epoch, j) => {
          const shown = values[i]?.[j];
          return shown === undefined ? [] : [{ layer, epoch, value: shown }];
        }),
      ),
    },
    // Cells lap over a little: else the ground shows between them at sizes that are no whole pixels.
    mark: {
      type: 'rect',
      aria: false,
      clip: true,
      width: { band: 1 + epochs.length / room.width },
      height: { band: 1 + layers.length / room.height },
    },
    encoding: {
      x: {
        field: 'epoch',
        type: 'ordinal',
        scale: { domain: [...epochs] },
        axis: {
          title: style.xTitle ? 'epoch' : null,
          values: labelledEpochs(epochs, room.width / label),
          labelAngle: 0,
          grid: false,
        },
      },
      y: {
        field: 'layer',
        type: 'nominal',
        sort: null,
        scale: { domain: [...layers] },
        axis: {
          title: style.yTitle ? 'layers' : null,
          labelFontSize: labelSize(room.height / layers.length, style),
          labelOverlap: false,
          grid: false,
          ticks: false,
        },
      },
      color: {
        field: 'value',
        type: 'quantitative',
        scale: colours,
        legend: { title: value.title, ...ticksOf(value), gradientLength: Math.min(height, 260) },
      },
      tooltip: [
        { field: 'layer', type: 'nominal' },
        { field: 'epoch', type: 'ordinal' },
        { field: 'value', type: 'quantitative', title: value.title },
      ],
    },
  };
}

/** No more epochs than have room for their labels: each one, every second, fifth, tenth, twentieth... */
function labelledEpochs(epochs: readonly number[], fitting: number): number[] {
  let step = 1;
  // 1, 2, 5, 10, 20, ...: the next one is 2 or 2.5 times as far.
  while (epochs.length / step > fitting && step < epochs.length)
    step *= String(step).startsWith('2') ? 2.5 : 2;
  return epochs.filter((_, i) => i % step === 0);
}
