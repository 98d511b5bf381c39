import type { Theme } from '../src/plots/figure.js';

/** The button that turns light into dark. Until it is pressed the system's preference counts, and always light on paper. */
export class ThemeSwitch {
  #pressed: Theme | undefined;
  #printing = false;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');

  /** @param onPrint draws at once: what is drawn in a later frame is not on the paper */
  constructor(
    private readonly button: HTMLButtonElement,
    onChange: () => void,
    onPrint: () => void,
  ) {
    const changed = () => {
      this.#label();
      onChange();
    };
    button.addEventListener('click', () => {
      this.#pressed = this.theme === 'dark' ? 'light' : 'dark';
      document.documentElement.dataset.theme = this.#pressed;
      changed();
    });
    this.#dark.addEventListener('change', changed);
    for (const [event, printing] of [
      ['beforeprint', true],
      ['afterprint', false],
    ] as const) {
      addEventListener(event, () => {
        this.#printing = printing;
        onPrint();
      });
    }
    this.#label();
  }

  get theme(): Theme {
    if (this.#printing) return 'light';
    return this.#pressed ?? (this.#dark.matches ? 'dark' : 'light');
  }

  #label(): void {
    this.button.textContent = this.theme === 'dark' ? 'Light' : 'Dark';
  }
}
