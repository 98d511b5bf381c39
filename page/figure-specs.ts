import type { TopLevelSpec } from 'vega-lite';
import type { EpochsFigure, FigureStyle, LayersFigure, SpectrumFigure, Theme } from '../src/plots/figure.js';
import { epochsSpec } from '../src/plots/spec/epochs-spec.js';
import { layersSpec } from '../src/plots/spec/layers-spec.js';
import { spectrumSpec } from '../src/plots/spec/spectrum-spec.js';
import { defaultFigureStyle } from '../src/plots/style.js';
import { PALETTES } from '../src/plots/theme.js';

/** Narrower than this (in pixels), layers stand one below the other and panels too. */
const NARROW = 640;
/** More layers than these are not readable side by side, whatever the width. */
const MOST_COLUMNS = 40;

/** Names longer than these (in characters) are not readable slanted. */
const LONGEST_NAME = 28;

/** Whether layers stand one below the other. */
export function inRows(layers: readonly string[], width: number): boolean {
  const isLong = layers.some((layer) => layer.length > LONGEST_NAME);
  return width < NARROW || isLong || layers.length > MOST_COLUMNS || width / layers.length < 18;
}

/** The figure of layers in so many pixels of width, with a line through the picked layer. */
export function layersPageSpec(
  figure: LayersFigure,
  theme: Theme,
  width: number,
  picked: string | undefined,
): TopLevelSpec {
  const rows = inRows(figure.layers, width);
  const height = rows ? figure.layers.length * 18 + 90 + legendHeight(figure.series.length, width) : 380;
  const style = styleOf(theme, width, height);
  const spec = fitted(
    layersSpec(figure, { ...style, layout: rows ? 'rows' : 'columns', xTitle: false }),
    width,
  );
  if (picked === undefined || !('layer' in spec)) return spec;
  const mark = {
    data: { values: [{ layer: picked }] },
    mark: { type: 'rule' as const, color: PALETTES[theme].rule, opacity: 0.7, strokeDash: [2, 3] },
    encoding: rows
      ? { x: { value: 0 }, x2: { value: 'width' as const } }
      : { y: { value: 0 }, y2: { value: 'height' as const } },
  };
  return { ...spec, layer: [mark, ...spec.layer] };
}

export function epochsPageSpec(figure: EpochsFigure, theme: Theme, width: number): TopLevelSpec {
  const height = Math.max(220, figure.layers.length * 17 + 70);
  return fitted(epochsSpec(figure, { ...styleOf(theme, width, height), yTitle: false }), width);
}

/** The two panels of a spectrum, one below the other where both have no room. */
export function spectrumPageSpec(figure: SpectrumFigure, theme: Theme, width: number): TopLevelSpec {
  if (width >= 480) return fitted(spectrumSpec(figure, styleOf(theme, width + 20, 420)), width);
  const spec = fitted(spectrumSpec(figure, styleOf(theme, 2 * width + 50, 360)), width);
  if (!('hconcat' in spec)) return spec;
  const { hconcat, ...rest } = spec;
  return { ...rest, vconcat: hconcat };
}

function styleOf(theme: Theme, width: number, height: number): FigureStyle {
  return { ...defaultFigureStyle(), theme, size: { width, height } };
}

function legendHeight(series: number, width: number): number {
  return series < 2 ? 0 : 24 * Math.ceil((series * 180) / width);
}

/** Without the title, which the page's headings say, and with names cut where they would leave no room for anything else. */
function fitted(spec: TopLevelSpec, width: number): TopLevelSpec {
  const { title: _, config, ...rest } = spec;
  const axis = { ...config?.axis, labelLimit: Math.max(110, Math.round(width * 0.4)) };
  return { ...rest, padding: 4, config: { ...config, axis } } as TopLevelSpec;
}
