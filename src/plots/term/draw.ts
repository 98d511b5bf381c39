import { Chalk } from 'chalk';
import { foldText, printable } from '../../ui/fit.js';
import type { Figure } from '../figure.js';
import type { Canvas } from './canvas.js';
import { drawEpochs } from './draw-epochs.js';
import { drawLayers } from './draw-layers.js';
import { drawScatter } from './draw-scatter.js';
import { drawSpectrum } from './draw-spectrum.js';
import { drawThresholds } from './draw-thresholds.js';

/** The terminal that is drawn for. */
export interface TermOptions {
  /** Cells of a line. */
  columns: number;
  color: boolean;
}

/** What can be drawn at all: a label, a value and a bar beside each other. */
const NARROWEST = 20;

/**
 * A figure in characters, lines of at most `columns` cells: layers as bars, epochs as a heat map, spectra as upright bars, points
 * in a plane. Names are whole, on lines of their own where they need it; a name longer than a line is folded.
 */
export function drawTerm(figure: Figure, { columns, color }: TermOptions): string {
  const canvas: Canvas = {
    columns: Math.max(NARROWEST, Math.floor(columns)),
    paint: new Chalk({ level: color ? 1 : 0 }),
  };
  const { paint } = canvas;
  const head = [
    ...lines(figure.title, canvas).map((line) => paint.bold(line)),
    ...lines(figure.subtitle, canvas).map((line) => paint.dim(line)),
  ];
  return [...head, ...bodyOf(figure, canvas)].map((line) => `${line.trimEnd()}\n`).join('');
}

function bodyOf(figure: Figure, canvas: Canvas): string[] {
  switch (figure.kind) {
    case 'layers':
      return drawLayers(figure, canvas);
    case 'epochs':
      return drawEpochs(figure, canvas);
    case 'spectrum':
      return drawSpectrum(figure, canvas);
    case 'scatter':
      return drawScatter(figure, canvas);
    case 'thresholds':
      return drawThresholds(figure, canvas);
  }
}

function lines(text: string, { columns }: Canvas): string[] {
  return text === '' ? [] : foldText(printable(text), columns);
}
