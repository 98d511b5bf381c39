/** A small window beside the pointer, of lines of a name and a value. One for the whole page. */
export class Tooltip {
  readonly #element: HTMLElement;

  constructor(parent: HTMLElement) {
    this.#element = document.createElement('div');
    this.#element.className = 'tooltip';
    this.#element.hidden = true;
    parent.append(this.#element);
  }

  show(lines: readonly (readonly [name: string, value: string])[], x: number, y: number): void {
    const list = document.createElement('dl');
    for (const [name, value] of lines) {
      const term = document.createElement('dt');
      term.textContent = name;
      const description = document.createElement('dd');
      description.textContent = value;
      list.append(term, description);
    }
    this.#element.replaceChildren(list);
    this.#element.hidden = false;
    const { width, height } = this.#element.getBoundingClientRect();
    const left = x + 16 + width > document.documentElement.clientWidth ? x - 12 - width : x + 16;
    const top = y + 16 + height > document.documentElement.clientHeight ? y - 12 - height : y + 16;
    this.#element.style.left = `${Math.max(4, left)}px`;
    this.#element.style.top = `${Math.max(4, top)}px`;
  }

  hide(): void {
    this.#element.hidden = true;
  }
}
