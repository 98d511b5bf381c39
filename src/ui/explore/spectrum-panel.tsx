import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import stringWidth from 'string-width';
import { intrinsicDimensionality } from '../../core/metrics.js';
import { STATISTICS } from '../../core/statistics.js';
import { besideEachOther } from '../../plots/term/canvas.js';
import { shortNumber } from '../../plots/term/labels.js';
import { type CutSpectrum, explainedChart, screeChart } from '../../plots/term/spectrum-chart.js';
import { foldText, printable } from '../fit.js';
import { formatCount } from '../numbers.js';
import { Lines } from '../screen/lines.js';
import { formatMeasure, SHOWN_STATISTICS } from './measures.js';
import type { ExploreLayer, ExploreState } from './state.js';

interface SpectrumPanelProps {
  state: ExploreState;
  layer: ExploreLayer | undefined;
  height: number;
  paint: ChalkInstance;
}

const GAP = 2;
/** From this width on the two charts stand side by side. */
const SIDE_BY_SIDE = 66;
/** Charts of fewer lines say nothing. */
const LEAST_CHART = 3;

/** The picked layer: its whole name, its numbers, its eigenvalues with the threshold's cut. */
export function SpectrumPanel({ state, layer, height, paint }: SpectrumPanelProps): ReactNode {
  if (height < 1) return null;
  const lines = layer ? panelLines(layer, state, height, paint) : [];
  while (lines.length < height) lines.push('');
  return <Lines lines={lines.slice(0, height)} />;
}

function panelLines(
  layer: ExploreLayer,
  state: ExploreState,
  height: number,
  paint: ChalkInstance,
): string[] {
  const { columns } = state.size;
  const name = foldText(printable(layer.layer), columns).slice(0, Math.max(1, height - 1));
  const title = name.map((line) => paint.bold(line));
  const rule = columns - stringWidth(name.at(-1)!) - 1;
  if (name.length === 1 && rule > 0) title[0] += ` ${paint.dim('─'.repeat(rule))}`;
  const { d, values } = layer.spectrum;
  if (!values.every(Number.isFinite)) {
    return [...title, `d ${formatCount(d)}; the covariance holds NaN or infinite values`];
  }
  const facts = factLines(layer, state, Math.max(1, Math.min(2, height - title.length)));
  const lines = height - title.length - facts.length - 2;
  return lines < LEAST_CHART
    ? [...title, ...facts]
    : [...title, ...facts, ...charts(cutSpectrum(layer, state), columns, lines, paint)];
}

/** What the threshold makes of the spectrum, then every statistic, as many as there is room for. */
function factLines(layer: ExploreLayer, state: ExploreState, most: number): string[] {
  const { columns } = state.size;
  const { explained, eigenvalues, cuts } = cutSpectrum(layer, state);
  const idim = cuts[0]!;
  const share = shortNumber(explained[Math.min(idim, eigenvalues.length) - 1] ?? 0);
  const facts = [
    `${formatCount(idim)} of ${formatCount(eigenvalues.length)} explain ${share}`,
    ...SHOWN_STATISTICS.filter((name) => name !== 'idim').map((name) => {
      const value = STATISTICS[name].compute?.(layer.spectrum, state.threshold, state.rule) ?? Number.NaN;
      return `${name} ${formatMeasure(name, value)}`;
    }),
  ];
  const lines = [''];
  for (const fact of facts) {
    const last = lines.at(-1)!;
    const longer = last === '' ? fact : `${last} · ${fact}`;
    if (stringWidth(longer) <= columns) lines[lines.length - 1] = longer;
    else if (lines.length < most) lines.push(fact);
    else break;
  }
  return lines;
}

function cutSpectrum({ spectrum }: ExploreLayer, { threshold, rule }: ExploreState): CutSpectrum {
  const eigenvalues = spectrum.values.map((value) => Math.max(value, 0));
  const total = eigenvalues.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  const explained = eigenvalues.map((value) => {
    sum += value;
    return total > 0 ? sum / total : 0;
  });
  return { eigenvalues, explained, cuts: [intrinsicDimensionality(spectrum, threshold, rule)] };
}

function charts(spectrum: CutSpectrum, columns: number, lines: number, paint: ChalkInstance): string[] {
  const width = columns >= SIDE_BY_SIDE ? Math.floor((columns - GAP) / 2) : columns;
  const size = { width, lines, paint };
  const scree = [paint.dim('eigenvalues, log'), ...screeChart(spectrum, size)];
  if (width === columns) return scree;
  const shares = [paint.dim('share of variance'), ...explainedChart(spectrum, size)];
  return besideEachOther(scree, shares, width + GAP);
}
