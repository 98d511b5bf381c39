/** A list of things of which some are chosen, one at least: check boxes behind a button that names what is chosen. */
export class Choice<T> {
  readonly chosen: Set<T>;
  readonly #summary: HTMLElement;

  /** @param say what the button says of what is chosen */
  constructor(
    details: HTMLDetailsElement,
    private readonly items: readonly { value: T; label: string }[],
    chosen: Iterable<T>,
    private readonly say: (labels: readonly string[]) => string,
    onChange: () => void,
  ) {
    this.chosen = new Set(chosen);
    this.#summary = document.createElement('summary');
    const list = document.createElement('div');
    list.className = 'choices';
    for (const { value, label } of items) {
      const line = document.createElement('label');
      const box = document.createElement('input');
      box.type = 'checkbox';
      box.checked = this.chosen.has(value);
      box.addEventListener('change', () => {
        if (box.checked) this.chosen.add(value);
        else if (this.chosen.size > 1) this.chosen.delete(value);
        else box.checked = true;
        this.#label();
        onChange();
      });
      line.append(box, label);
      list.append(line);
    }
    details.replaceChildren(this.#summary, list);
    details.hidden = items.length < 2;
    details.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !details.open) return;
      details.open = false;
      this.#summary.focus();
    });
    document.addEventListener('pointerdown', (event) => {
      if (event.target instanceof Node && !details.contains(event.target)) details.open = false;
    });
    this.#label();
  }

  #label(): void {
    const labels = this.items.filter(({ value }) => this.chosen.has(value)).map(({ label }) => label);
    this.#summary.textContent = this.say(labels);
  }
}
