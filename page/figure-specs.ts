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

/** Whether layers stand one below the other. */
export function inRows(layers: number, width: number): boolean {
  return width < NARROW || layers > MOST_COLUMNS || width / layers < 18;
}

/** The figure of layers in so many pixels of width, with a line through the picked layer. */
export function layersPageSpec(
  figure: LayersFigure,
  theme: Theme,
  width: number,
  picked: string | undefined,
): TopLevelSpec {
  const rows = inRows(figure.layers.length, width);
  const height = rows ? figure.layers.length * 18 + 90 + legendHeight(figure.series.length, width) : 380;
  const style = styleOf(theme, width, height);
  const spec = untitled(layersSpec(figure, { ...style, layout: rows ? 'rows' : 'columns', xTitle: false }));
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
  return untitled(epochsSpec(figure, { ...styleOf(theme, width, height), yTitle: false }));
}

/** The two panels of a spectrum, one below the other where both have no room. */
export function spectrumPageSpec(figure: SpectrumFigure, theme: Theme, width: number): TopLevelSpec {
  if (width >= 480) return untitled(spectrumSpec(figure, styleOf(theme, width + 70, 420)));
  const spec = untitled(spectrumSpec(figure, styleOf(theme, 2 * width + 50, 360)));
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

/** Without the title, which the page's headings say. */
function untitled(spec: TopLevelSpec): TopLevelSpec {
  const { title: _, ...rest } = spec;
  return { ...rest, padding: 4 } as TopLevelSpec;
}
