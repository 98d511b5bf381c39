import { type Cell, type Direction, sortedBy } from '../src/plots/html/cell-order.js';
import type { LayerAtEpoch } from './report.js';

/** A column of the table. */
export interface Column {
  name: string;
  /** What the name stands for, where it does not say. */
  title?: string;
  numeric: boolean;
  cell(row: LayerAtEpoch): Cell;
  text(value: number): string;
  /** Values are shares of 1, which a bar shows. */
  share?: boolean;
}

interface DrawnRow {
  element: HTMLTableRowElement;
  cells: HTMLElement[];
  /** What the cells show. */
  values: (Cell | null)[];
}

/** The table of layers: a row a layer, sorted by the column whose header was pressed last. */
export class LayerTable {
  #columns: readonly Column[] = [];
  #rows: readonly LayerAtEpoch[] = [];
  #sort: { name: string; direction: Direction } | undefined;
  #drawn = new Map<LayerAtEpoch, DrawnRow>();
  readonly #head: HTMLTableSectionElement;
  readonly #body: HTMLTableSectionElement;

  constructor(
    table: HTMLTableElement,
    private readonly onPick: (row: LayerAtEpoch) => void,
  ) {
    this.#head = table.createTHead();
    this.#body = table.createTBody();
  }

  show(rows: readonly LayerAtEpoch[], columns: readonly Column[], picked: LayerAtEpoch | undefined): void {
    const names = (list: readonly Column[]) => list.map(({ name }) => name).join('\n');
    const isNew = names(columns) !== names(this.#columns);
    this.#columns = columns;
    this.#rows = rows;
    if (isNew) {
      this.#drawn.clear();
      this.#drawHead();
    }
    this.#drawBody();
    for (const [row, { element }] of this.#drawn) {
      element.classList.toggle('picked', row === picked);
      if (row === picked) element.setAttribute('aria-current', 'true');
      else element.removeAttribute('aria-current');
    }
  }

  #drawHead(): void {
    const line = document.createElement('tr');
    for (const { name, title, numeric } of this.#columns) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.classList.toggle('numeric', numeric);
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = name;
      if (title !== undefined) button.title = title;
      button.addEventListener('click', () => this.#sortBy(name, numeric));
      cell.append(button);
      line.append(cell);
    }
    this.#head.replaceChildren(line);
    this.#markSorted();
  }

  /** Numbers begin with the largest, names with A; a third press gives the order of execution back. */
  #sortBy(name: string, numeric: boolean): void {
    const first: Direction = numeric ? 'descending' : 'ascending';
    const second: Direction = numeric ? 'ascending' : 'descending';
    if (this.#sort?.name !== name) this.#sort = { name, direction: first };
    else this.#sort = this.#sort.direction === first ? { name, direction: second } : undefined;
    this.#markSorted();
    this.#drawBody();
  }

  #markSorted(): void {
    for (const [i, cell] of [...(this.#head.rows[0]?.cells ?? [])].entries()) {
      const isSorted = this.#columns[i]?.name === this.#sort?.name;
      cell.setAttribute('aria-sort', isSorted && this.#sort ? this.#sort.direction : 'none');
    }
  }

  #drawBody(): void {
    const sorted = this.#sort;
    const column = this.#columns.find(({ name }) => name === sorted?.name);
    const rows =
      column && sorted ? sortedBy(this.#rows, (row) => column.cell(row), sorted.direction) : this.#rows;
    const elements = rows.map((row) => this.#drawRow(row).element);
    const shown = this.#body.rows;
    if (elements.length !== shown.length || elements.some((element, i) => element !== shown[i])) {
      this.#body.replaceChildren(...elements);
    }
  }

  #drawRow(row: LayerAtEpoch): DrawnRow {
    let drawn = this.#drawn.get(row);
    if (!drawn) {
      drawn = this.#createRow(row);
      this.#drawn.set(row, drawn);
    }
    for (const [i, column] of this.#columns.entries()) {
      const cell = drawn.cells[i]!;
      const value = column.cell(row);
      if (Object.is(value, drawn.values[i])) continue;
      drawn.values[i] = value;
      cell.textContent = typeof value === 'number' ? column.text(value) : (value ?? '–');
      if (column.share && typeof value === 'number') cell.style.setProperty('--share', String(value));
    }
    return drawn;
  }

  #createRow(row: LayerAtEpoch): DrawnRow {
    const element = document.createElement('tr');
    element.addEventListener('click', () => this.onPick(row));
    const cells = this.#columns.map(({ numeric, share }, i) => {
      // The name is a button, so that the keyboard reaches the row.
      const cell = document.createElement(i === 0 ? 'th' : 'td');
      cell.classList.toggle('numeric', numeric);
      cell.classList.toggle('share', share === true);
      element.append(cell);
      if (i > 0) return cell;
      cell.setAttribute('scope', 'row');
      const button = document.createElement('button');
      button.type = 'button';
      cell.append(button);
      return button;
    });
    return { element, cells, values: cells.map(() => null) };
  }
}
