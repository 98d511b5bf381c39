import type { TopLevelSpec } from 'vega-lite';
import { UserError } from '../errors.js';
import type { Figure, FigureStyle } from './figure.js';
import { figureSpec } from './spec/spec.js';
import { defaultFigureStyle } from './style.js';

/** May change a figure before it is drawn: the spec it is given, or return another one. */
export type SpecHook = (
  spec: TopLevelSpec,
  figure: Figure,
) => TopLevelSpec | undefined | Promise<TopLevelSpec | undefined>;

/** What `drawFigure` draws: a picture, or the Vega-Lite spec of it as JSON. */
export type PictureFormat = 'svg' | 'png' | 'vega';

/** How a figure is drawn. */
export interface DrawOptions {
  style: FigureStyle;
  /** Of a PNG: pixels for each of the figure's own. */
  scale: number;
  hook: SpecHook | undefined;
  /** What Vega finds odd in a spec. */
  note(message: string): void;
}

/** The light theme, two pixels of a PNG for each of the figure, and no hook. */
export function defaultDrawOptions(): DrawOptions {
  return { style: defaultFigureStyle(), scale: 2, hook: undefined, note: () => {} };
}

/**
 * The figure as SVG, as PNG, or as the Vega-Lite spec itself (`vega`).
 * @throws UserError for a PNG that would be too large, and a hook whose spec cannot be drawn
 */
export async function drawFigure(
  figure: Figure,
  format: PictureFormat,
  { style, scale, hook, note }: DrawOptions,
): Promise<string | Uint8Array> {
  const own = figureSpec(figure, style);
  const spec = (await hook?.(own, figure)) ?? own;
  if (format === 'vega') return `${JSON.stringify(spec, null, 2)}\n`;
  const { drawSvg } = await import('./svg.js');
  const svg = await drawSvg(spec, note).catch((error: unknown) => {
    if (!hook) throw error;
    throw new UserError(`the spec that the hook made cannot be drawn: ${messageOf(error)}`);
  });
  if (format === 'svg') return svg;
  const { drawPng } = await import('./png.js');
  return drawPng(svg, scale);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
