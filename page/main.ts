import { trace } from '../src/core/metrics.js';
import { STATISTICS } from '../src/core/statistics.js';
import type { PageData } from '../src/plots/html/page-data.js';
import { shortLabels } from '../src/plots/slices.js';
import { formatNumber } from '../src/ui/numbers.js';
import { Chart, type Picked } from './chart.js';
import { columnsOf } from './columns.js';
import { Controls } from './controls.js';
import { element } from './element.js';
import { epochsPageSpec, inRows, layersPageSpec, spectrumPageSpec } from './figure-specs.js';
import {
  epochsFigure,
  layersFigure,
  onPossibleScale,
  type Shown,
  spectrumFigure,
  statisticLabel,
} from './figures.js';
import { LayerTable } from './layer-table.js';
import { decodeNumbers, type LayerAtEpoch, Report } from './report.js';
import { placeOf, type Series, seriesOf, severalOf } from './series.js';
import { ThemeSwitch } from './theme-switch.js';
import { Tooltip } from './tooltip.js';

/** From this width on (in pixels), a tall figure of layers has the other figures beside it. */
const WIDE = 1000;
/** Between the two, as in the style sheet. */
const GAP = 32;
/** Heat maps of more cells follow the slider when it rests. */
const AT_ONCE = 1500;

class Page {
  readonly #report: Report;
  /** Names of the runs, by index. */
  readonly #runs: readonly string[];
  readonly #controls: Controls;
  readonly #theme: ThemeSwitch;
  readonly #table: LayerTable;
  readonly #charts: Record<'layers' | 'spectrum' | 'history', Chart>;
  #series: readonly Series[] = [];
  #picked: LayerAtEpoch | undefined;
  /** Of the figures' part of the page, in pixels. */
  #width = 0;
  #isPending = false;
  #historyLater: ReturnType<typeof setTimeout> | undefined;

  constructor(data: PageData, eigenvalues: Float64Array) {
    this.#report = new Report(data, eigenvalues);
    const labels = data.runs.map(({ label }) => label);
    const short = shortLabels(labels);
    this.#runs = labels.map((label) => short.get(label) ?? label);
    const changed = () => this.#showSoon();
    this.#controls = new Controls(this.#report, this.#runs, changed);
    this.#theme = new ThemeSwitch(element('theme', HTMLButtonElement), changed, () => this.#show());
    this.#table = new LayerTable(element('table', HTMLTableElement), (row) => this.#pick(row));
    const tooltip = new Tooltip(document.body);
    const chart = (id: string) =>
      new Chart(element(id, HTMLElement), tooltip, (picked) => this.#pickNamed(picked));
    this.#charts = {
      layers: chart('layers-chart'),
      spectrum: chart('spectrum-chart'),
      history: chart('history-chart'),
    };
    const controls = element('controls', HTMLElement);
    new ResizeObserver(() => {
      document.documentElement.style.setProperty('--controls', `${controls.offsetHeight}px`);
    }).observe(controls);
    new ResizeObserver(([entry]) => {
      this.#width = entry?.contentRect.width ?? 0;
      this.#showSoon();
    }).observe(element('figures', HTMLElement));
  }

  /** Once before the next frame, however many changes there were. */
  #showSoon(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    requestAnimationFrame(() => {
      this.#isPending = false;
      this.#show();
    });
  }

  #pick(row: LayerAtEpoch): void {
    this.#picked = row;
    this.#show();
    const spectrum = element('spectrum', HTMLElement);
    const { top, bottom } = spectrum.getBoundingClientRect();
    if (!spectrum.hidden && (bottom < 160 || top > innerHeight - 80)) spectrum.scrollIntoView();
  }

  /** What was clicked on in a figure. In one without series, the layer of the series that is picked already. */
  #pickNamed({ layer, series }: Picked): void {
    const list =
      this.#series.find(({ label }) => label === series) ??
      this.#series.find(({ rows }) => this.#picked && rows.includes(this.#picked));
    const row = [list, ...this.#series]
      .flatMap((one) => one?.rows ?? [])
      .find((candidate) => candidate.layer === layer);
    if (row) this.#pick(row);
  }

  #show(): void {
    // A page that is loaded in the background may have no size yet; its observer calls again.
    if (this.#width === 0) return;
    const { rows } = this.#controls;
    const shown = onPossibleScale(this.#report, rows, this.#controls.shown);
    this.#series = seriesOf(rows, this.#runs);
    if (!this.#picked || !rows.includes(this.#picked)) this.#picked = sameLayer(this.#picked, rows);
    element('figures', HTMLElement).classList.toggle('beside', this.#areBeside());
    this.#showTable(rows, shown);
    this.#showLayers(rows, shown);
    this.#showSpectrum(shown);
    clearTimeout(this.#historyLater);
    if (this.#report.rows.length <= AT_ONCE) this.#showHistory(shown);
    else this.#historyLater = setTimeout(() => this.#showHistory(shown), 120);
  }

  #showTable(rows: readonly LayerAtEpoch[], shown: Shown): void {
    const { threshold, rule, statistic } = shown;
    const columns = columnsOf({
      runs: this.#runs,
      several: severalOf(rows),
      statistic,
      available: this.#controls.available,
      counted: this.#report.rows.some(({ n }) => n !== undefined),
      value: (row, name) => this.#report.value(row, name, threshold, rule),
    });
    this.#table.show(rows, columns, this.#picked);
    const names = new Set(rows.map(({ layer }) => layer)).size;
    element('table-summary', HTMLElement).textContent =
      names === rows.length ? `${rows.length}` : `${names}, ${rows.length} rows`;
    element('table-empty', HTMLElement).hidden = rows.length > 0;
  }

  #showLayers(rows: readonly LayerAtEpoch[], shown: Shown): void {
    const figure = layersFigure(this.#report, this.#series, shown);
    const { statistic, threshold, rule } = shown;
    const label = statisticLabel(statistic);
    const isMoved = STATISTICS[statistic].usesThreshold && rows.some(({ spectrum }) => spectrum);
    element('layers-title', HTMLElement).textContent =
      `${label.charAt(0).toUpperCase()}${label.slice(1)}${isMoved ? ` at ${threshold}` : ''}`;
    const values = rows.flatMap((row) => {
      const value = this.#report.value(row, statistic, threshold, rule);
      return value !== undefined && Number.isFinite(value) ? [{ row, value }] : [];
    });
    element('layers-summary', HTMLElement).textContent = summaryOf(values);
    this.#charts.layers.show(
      layersPageSpec(figure, this.#theme.theme, this.#chartWidth(), this.#picked?.layer),
    );
  }

  /** Tall figures of layers have the other ones beside them, if there is room. */
  #areBeside(): boolean {
    const layers = this.#series.flatMap(({ rows }) => rows.map(({ layer }) => layer));
    return this.#width >= WIDE && inRows([...new Set(layers)], this.#width);
  }

  #chartWidth(): number {
    return Math.floor(this.#areBeside() ? (this.#width - GAP) / 2 : this.#width);
  }

  #showSpectrum(shown: Shown): void {
    const row = this.#picked;
    const figure = row && spectrumFigure(row, shown);
    element('spectrum', HTMLElement).hidden = !row?.spectrum;
    element('spectrum-chart', HTMLElement).hidden = !figure;
    if (!row?.spectrum) return;
    const [cut] = figure?.series[0]?.cuts ?? [];
    element('spectrum-title', HTMLElement).textContent = `Spectrum of ${this.#nameOf(row)}`;
    element('spectrum-summary', HTMLElement).textContent = cut
      ? `${cut.idim} of ${row.spectrum.d} directions, ${formatNumber(cut.explained * 100)} % of the variance`
      : Number.isNaN(trace(row.spectrum))
        ? 'none: the covariance holds NaN or infinite values'
        : 'none: the layer has no variance';
    if (!figure) return;
    this.#charts.spectrum.show(spectrumPageSpec(figure, this.#theme.theme, this.#chartWidth()));
  }

  #showHistory(shown: Shown): void {
    const picked = this.#picked;
    const layers = new Set(this.#series.flatMap(({ rows }) => rows.map(({ layer }) => layer)));
    const rows = this.#report.rows.filter(
      ({ run, mode, layer }) => run === picked?.run && mode === picked.mode && layers.has(layer),
    );
    const epochs = new Set(rows.map(({ epoch }) => epoch)).size;
    element('history', HTMLElement).hidden = epochs < 2;
    if (!picked || epochs < 2) return;
    const several = { ...severalOf(this.#report.rows), epochs: false };
    element('history-title', HTMLElement).textContent = 'Over epochs';
    element('history-summary', HTMLElement).textContent = placeOf(picked, this.#runs, several);
    const figure = epochsFigure(this.#report, rows, shown);
    this.#charts.history.show(epochsPageSpec(figure, this.#theme.theme, this.#chartWidth()));
  }

  #nameOf(row: LayerAtEpoch): string {
    const place = placeOf(row, this.#runs, severalOf(this.#report.rows));
    return place === '' ? row.layer : `${row.layer}, ${place}`;
  }
}

/** The same layer among other rows, or the first of them. */
function sameLayer(
  picked: LayerAtEpoch | undefined,
  rows: readonly LayerAtEpoch[],
): LayerAtEpoch | undefined {
  const same = rows.filter(({ layer }) => layer === picked?.layer);
  return same.find(({ run, mode }) => run === picked?.run && mode === picked.mode) ?? same[0] ?? rows[0];
}

function summaryOf(values: readonly { row: LayerAtEpoch; value: number }[]): string {
  if (values.length === 0) return 'no values';
  const sorted = [...values].sort((a, b) => a.value - b.value);
  const mean = values.reduce((sum, { value }) => sum + value, 0) / values.length;
  const named = ({ row, value }: { row: LayerAtEpoch; value: number }) =>
    `${formatNumber(value)} (${row.layer})`;
  return `mean ${formatNumber(mean)} · lowest ${named(sorted[0]!)} · highest ${named(sorted.at(-1)!)}`;
}

const data: PageData = JSON.parse(element('page-data', HTMLElement).textContent ?? '');
const eigenvalues: string = JSON.parse(element('eigenvalues', HTMLElement).textContent ?? '');
new Page(data, decodeNumbers(eigenvalues));
