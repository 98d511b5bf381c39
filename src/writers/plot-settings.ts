import { UserError } from '../errors.js';
import type { SpecHook } from '../plots/draw.js';
import type { FigureStyle } from '../plots/figure.js';
import { loadSpecHook } from '../plots/hook.js';
import { defaultFigureStyle } from '../plots/style.js';
import type { WriterSettings } from './writer.js';

/** How the figures of a recording are drawn. */
export interface Drawing {
  style: FigureStyle;
  /** A number of the run, written into the figures. */
  primaryMetric: string | undefined;
  /** Called when the writer is opened. */
  loadHook(): Promise<SpecHook | undefined>;
}

/** What the settings of `plot` ask for. @throws UserError for settings that cannot be */
export function drawingOf(settings: WriterSettings): Drawing {
  const hookPath = textOf(settings, 'hook');
  return {
    style: styleOf(settings),
    primaryMetric: textOf(settings, 'primary-metric'),
    loadHook: async () => (hookPath === undefined ? undefined : loadSpecHook(hookPath, 'plot:hook=')),
  };
}

function styleOf(settings: WriterSettings): FigureStyle {
  const style = defaultFigureStyle();
  const theme = textOf(settings, 'theme') ?? style.theme;
  if (theme !== 'light' && theme !== 'dark') throw refused('theme', theme, 'light or dark');
  const fontSize = Number(textOf(settings, 'font-size') ?? style.fontSize);
  if (!(fontSize > 0)) throw refused('font-size', settings['font-size'], 'a number of pixels, such as 16');
  const size = textOf(settings, 'size');
  const [, width, height] = /^(\d{3,})x(\d{3,})$/.exec(size ?? '') ?? [];
  if (size !== undefined && width === undefined)
    throw refused('size', size, 'width and height in pixels, of at least 100, such as 800x400');
  return {
    ...style,
    theme,
    fontSize,
    size: size === undefined ? undefined : { width: Number(width), height: Number(height) },
  };
}

function textOf(settings: WriterSettings, name: string): string | undefined {
  const value = settings[name];
  return value === true ? '' : value;
}

function refused(name: string, value: unknown, wanted: string): UserError {
  return new UserError(`--save-to plot: ${name} is ${value}, and must be ${wanted}`);
}
