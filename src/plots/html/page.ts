import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { IdimRule } from '../../core/metrics.js';
import type { StatisticName } from '../../core/statistics.js';
import { UserError } from '../../errors.js';
import type { Results } from '../../results/results.js';
import { VERSION } from '../../version.js';
import { htmlDocument } from './document.js';
import { pageContents } from './page-data.js';
import { PAGE_SCRIPT } from './page-script.js';
import { STYLE_SHEET } from './style-sheet.js';

/** What a page shows at first; all can be changed in it. */
export interface HtmlPageOptions {
  /** Share of the variance. */
  threshold: number;
  rule: IdimRule;
  statistic: StatisticName;
  title: string;
  /**
   * Most bytes of eigenvalues in the page, which takes a third more of its file. The latest epochs come first; the other ones keep
   * the statistics of the first threshold.
   */
  spectraBytes: number;
}

/** What the page begins with unless told otherwise: saturation at 0.99. */
export function defaultHtmlPageOptions(): HtmlPageOptions {
  return {
    threshold: 0.99,
    rule: 'delve',
    statistic: 'lsat',
    title: 'Layer saturation',
    spectraBytes: 8 * 2 ** 20,
  };
}

/**
 * A page about runs, in one file that needs no network: figures and a table of layers that follow a slider of the threshold. What
 * it recomputes comes from the runs' eigenvalues, which it holds exactly: open results with `spectra: true`. Those without show the
 * values that they have. The same results give the same bytes.
 * @throws UserError if the results hold nothing to show
 */
export function htmlPage(results: readonly Results[], options: Partial<HtmlPageOptions> = {}): string {
  const choices = { ...defaultHtmlPageOptions(), ...options };
  const { data, eigenvalues, notes } = pageContents(results, choices);
  if (data.layers.length === 0) throw new UserError('no layers to show: the results hold none');
  const bytes = Buffer.from(eigenvalues.buffer, eigenvalues.byteOffset, eigenvalues.byteLength);
  return htmlDocument({
    title: choices.title,
    subtitle: subtitleOf(results),
    notes,
    slider: eigenvalues.length > 0,
    style: STYLE_SHEET,
    scripts: [libraryScript('vega'), libraryScript('vega-lite'), PAGE_SCRIPT],
    json: { 'page-data': JSON.stringify(data), eigenvalues: JSON.stringify(bytes.toString('base64')) },
    footer: `Made by delve ${VERSION}`,
  });
}

/** What the page is about: runs, how many layers, modes and epochs. */
function subtitleOf(results: readonly Results[]): string {
  const layers = results.flatMap((run) => run.layers);
  const names = new Set(layers.map(({ layer }) => layer)).size;
  const modes = [...new Set(layers.map(({ mode }) => mode))].join(' and ');
  const epochs = [...new Set(results.flatMap((run) => run.epochs))].sort((a, b) => a - b);
  const range = epochs.length === 1 ? `epoch ${epochs[0]}` : `epochs ${epochs[0]} to ${epochs.at(-1)}`;
  const runs = results.map(({ label }) => label);
  return [...runs, names === 1 ? '1 layer' : `${names} layers`, modes, range].join(' · ');
}

/** A library's script for browsers, which lies beside the module that Node loads. */
function libraryScript(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  return readFileSync(join(dirname(entry), `${name}.min.js`), 'utf8');
}
