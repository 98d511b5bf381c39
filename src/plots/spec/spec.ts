import type { TopLevelSpec } from 'vega-lite';
import type { Figure, FigureStyle } from '../figure.js';
import { epochsSpec } from './epochs-spec.js';
import { layersSpec } from './layers-spec.js';
import { scatterSpec } from './scatter-spec.js';
import { spectrumSpec } from './spectrum-spec.js';
import { thresholdsSpec } from './thresholds-spec.js';

/** The figure as a Vega-Lite spec (https://vega.github.io/vega-lite), data included. */
export function figureSpec(figure: Figure, style: FigureStyle): TopLevelSpec {
  switch (figure.kind) {
    case 'layers':
      return layersSpec(figure, style);
    case 'epochs':
      return epochsSpec(figure, style);
    case 'spectrum':
      return spectrumSpec(figure, style);
    case 'scatter':
      return scatterSpec(figure, style);
    case 'thresholds':
      return thresholdsSpec(figure, style);
  }
}
