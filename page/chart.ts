import type { Item, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import type { TopLevelSpec } from 'vega-lite';
import type { Tooltip } from './tooltip.js';

// The page holds both libraries as scripts of their own.
declare const vega: typeof import('vega');
declare const vegaLite: typeof import('vega-lite');

/** What was clicked on: a layer and, in a figure of several series, one of them. */
export interface Picked {
  layer: string;
  series: string | undefined;
}

/** More marks than these are slow as elements of the page: they are painted. */
const MOST_ELEMENTS = 2000;

/** A drawing that follows its specification: data alone are exchanged in place, all else draws anew. */
export class Chart {
  #view: View | undefined;
  #drawn = '';
  #wanted: TopLevelSpec | undefined;
  #working: Promise<void> | undefined;

  constructor(
    readonly container: HTMLElement,
    private readonly tooltip: Tooltip,
    private readonly onPick: (picked: Picked) => void,
  ) {}

  /** Resolves when this specification, or a later one, is on the screen. */
  show(spec: TopLevelSpec): Promise<void> {
    this.#wanted = spec;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #work(): Promise<void> {
    while (this.#wanted) {
      const spec = this.#wanted;
      this.#wanted = undefined;
      await this.#draw(spec);
    }
  }

  async #draw(spec: TopLevelSpec): Promise<void> {
    const data: unknown[][] = [];
    const skeleton = withoutData(spec, data) as TopLevelSpec;
    const renderer = data.some(({ length }) => length > MOST_ELEMENTS) ? 'canvas' : 'svg';
    const key = `${renderer} ${JSON.stringify(skeleton)}`;
    if (key !== this.#drawn || !this.#view) {
      this.#view?.finalize();
      this.#view = this.#create(skeleton, renderer);
      this.#drawn = key;
    }
    for (const [i, values] of data.entries()) this.#view.data(dataName(i), values);
    await this.#view.runAsync();
  }

  #create(spec: TopLevelSpec, renderer: 'canvas' | 'svg'): View {
    const { spec: compiled } = vegaLite.compile(spec);
    const view = new vega.View(vega.parse(compiled, undefined, { ast: true }), {
      renderer,
      container: this.container,
      hover: true,
      logLevel: vega.Warn,
      expr: expressionInterpreter,
    });
    view.tooltip((_handler, event, _item, value) => {
      if (value === null || value === undefined || value === '') this.tooltip.hide();
      else this.tooltip.show(linesOf(value), event.clientX, event.clientY);
    });
    view.addEventListener('click', (event, item) => {
      const picked = pickedItem(item) ?? this.#pickedPlace(view, event);
      if (picked) this.onPick(picked);
    });
    return view;
  }

  /** The layer that is nearest to a click beside the marks. */
  #pickedPlace(view: View, event: Event): Picked | undefined {
    if (!(event instanceof MouseEvent)) return undefined;
    const { left, top } = (
      this.container.querySelector('svg, canvas') ?? this.container
    ).getBoundingClientRect();
    const [originX, originY] = view.origin();
    const padding = view.padding();
    const inset = typeof padding === 'number' ? { left: padding, top: padding } : padding;
    const places = [
      { scale: 'y', at: event.clientY - top - originY - (inset.top ?? 0) },
      { scale: 'x', at: event.clientX - left - originX - (inset.left ?? 0) },
    ];
    for (const { scale, at } of places) {
      const found = layerScale(view, scale);
      if (!found) continue;
      const half = (found.bandwidth?.() ?? 0) / 2;
      const distance = (layer: unknown) => Math.abs((found(layer) ?? Number.NaN) + half - at);
      const [nearest] = found.domain().sort((a, b) => distance(a) - distance(b));
      return typeof nearest === 'string' ? { layer: fromVega(nearest), series: undefined } : undefined;
    }
    return undefined;
  }
}

/** The scale of that name, if names of layers lie on it. */
function layerScale(view: View, name: string): LayerScale | undefined {
  try {
    const scale: LayerScale = view.scale(name);
    return scale.domain().every((value) => typeof value === 'string') ? scale : undefined;
  } catch {
    // Vega throws for a name that it does not know, as in a figure of several panels.
    return undefined;
  }
}

/** Vega's scale of an axis of layers. */
interface LayerScale {
  domain(): unknown[];
  (layer: unknown): number | undefined;
  bandwidth?(): number;
}

function dataName(i: number): string {
  return `data-${i}`;
}

/** A copy of a specification whose inline data are taken out, in the order in which they stand in it. */
function withoutData(part: unknown, data: unknown[][]): unknown {
  if (Array.isArray(part)) return part.map((item) => withoutData(item, data));
  if (typeof part !== 'object' || part === null) return toVega(part);
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key === 'data' && hasValues(value))
        return [key, { name: dataName(data.push(value.values.map(rowToVega)) - 1) }];
      return [key, withoutData(value, data)];
    }),
  );
}

/** Vega looks names up in plain objects, where this one is no key. */
const NO_KEY = '__proto__';
const IN_ITS_PLACE = `${NO_KEY}\u200b`;

function toVega<T>(value: T): T | string {
  return value === NO_KEY ? IN_ITS_PLACE : value;
}

function rowToVega(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row;
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, toVega(value)]));
}

function fromVega(name: string): string {
  return name === IN_ITS_PLACE ? NO_KEY : name;
}

function hasValues(value: unknown): value is { values: unknown[] } {
  return typeof value === 'object' && value !== null && 'values' in value && Array.isArray(value.values);
}

function linesOf(value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null) return [['', String(value)]];
  return Object.entries(value).map(([name, entry]) => [name, String(entry)]);
}

function pickedItem(item: Item | null | undefined): Picked | undefined {
  const datum: unknown = item?.datum;
  if (typeof datum !== 'object' || datum === null || !('layer' in datum)) return undefined;
  const { layer } = datum;
  const series = 'series' in datum && typeof datum.series === 'string' ? fromVega(datum.series) : undefined;
  return typeof layer === 'string' ? { layer: fromVega(layer), series } : undefined;
}
