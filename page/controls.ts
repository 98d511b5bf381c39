import { IDIM_RULES } from '../src/core/metrics.js';
import { isStatisticName, type StatisticName, statisticNames } from '../src/core/statistics.js';
import { Choice } from './choice.js';
import { element, elementIfThere } from './element.js';
import { type Shown, statisticLabel } from './figures.js';
import type { LayerAtEpoch, Report } from './report.js';
import { ThresholdControl } from './threshold-control.js';

/** What the reader of the page has chosen. */
export class Controls {
  /** The statistics that the results have, or that can be computed. */
  readonly available: readonly StatisticName[];
  readonly #threshold: ThresholdControl | undefined;
  readonly #statistic = element('statistic', HTMLSelectElement);
  readonly #rule = elementIfThere('rule', HTMLSelectElement);
  readonly #log = element('log', HTMLInputElement);
  readonly #filter = element('filter', HTMLInputElement);
  readonly #runs: Choice<number>;
  readonly #modes: Choice<string>;
  readonly #epochs: Choice<number | 'last'>;
  /** Of each run. */
  readonly #lastEpochs: readonly (number | undefined)[];

  /** @param runs names of the runs, by index */
  constructor(
    private readonly report: Report,
    runs: readonly string[],
    onChange: () => void,
  ) {
    const { data, rows } = report;
    this.available = statisticNames().filter((name) =>
      rows.some((row) => report.value(row, name, data.threshold, data.rule) !== undefined),
    );
    fill(
      this.#statistic,
      this.available.map((name) => [name, statisticLabel(name)]),
      data.statistic,
    );
    if (this.#rule) {
      const rules = IDIM_RULES.map((rule) => [rule, rule] as const);
      fill(this.#rule, rules, data.rule);
    }
    for (const control of [this.#statistic, this.#rule, this.#log]) {
      control?.addEventListener('change', onChange);
    }
    this.#filter.addEventListener('input', onChange);
    const slider = elementIfThere('threshold', HTMLInputElement);
    if (slider) {
      const box = element('threshold-number', HTMLInputElement);
      const ticks = document.querySelectorAll<HTMLButtonElement>('.ticks button');
      this.#threshold = new ThresholdControl(slider, box, ticks, data.threshold, onChange);
    }
    this.#runs = new Choice(
      element('runs', HTMLDetailsElement),
      runs.map((label, value) => ({ value, label })),
      runs.keys(),
      (chosen) => (chosen.length === 1 ? chosen[0]! : `${chosen.length} runs`),
      onChange,
    );
    const modes = [...new Set(rows.map(({ mode }) => mode))];
    this.#modes = new Choice(
      element('modes', HTMLDetailsElement),
      modes.map((mode) => ({ value: mode, label: mode })),
      modes,
      (chosen) => chosen.join(', '),
      onChange,
    );
    const epochs = [...new Set(rows.map(({ epoch }) => epoch))].sort((a, b) => a - b);
    this.#lastEpochs = data.runs.map((run) => run.epochs.at(-1));
    const isOne = new Set(this.#lastEpochs).size === 1;
    this.#epochs = new Choice<number | 'last'>(
      element('epochs', HTMLDetailsElement),
      [
        ...(isOne ? [] : [{ value: 'last' as const, label: 'last epochs' }]),
        ...epochs.map((epoch) => ({ value: epoch, label: `epoch ${epoch}` })),
      ],
      [isOne ? (this.#lastEpochs[0] ?? 'last') : 'last'],
      (chosen) => (chosen.length === 1 ? chosen[0]! : `${chosen.length} epochs`),
      onChange,
    );
  }

  get shown(): Shown {
    const { data } = this.report;
    const { value } = this.#statistic;
    return {
      statistic: isStatisticName(value) ? value : data.statistic,
      threshold: this.#threshold?.threshold ?? data.threshold,
      rule: IDIM_RULES.find((rule) => rule === this.#rule?.value) ?? data.rule,
      log: this.#log.checked,
    };
  }

  /** Of the chosen runs, modes and epochs, and of the names that the filter lets through. */
  get rows(): LayerAtEpoch[] {
    const filter = this.#filter.value.trim().toLowerCase();
    return this.report.rows.filter(
      ({ run, mode, epoch, layer }) =>
        this.#runs.chosen.has(run) &&
        this.#modes.chosen.has(mode) &&
        (this.#epochs.chosen.has(epoch) ||
          (this.#epochs.chosen.has('last') && epoch === this.#lastEpochs[run])) &&
        layer.toLowerCase().includes(filter),
    );
  }
}

function fill(
  select: HTMLSelectElement,
  options: readonly (readonly [value: string, label: string])[],
  chosen: string,
): void {
  select.replaceChildren(
    ...options.map(([value, label]) => new Option(label, value, value === chosen, value === chosen)),
  );
}
