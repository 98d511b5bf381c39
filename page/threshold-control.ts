import { positionOf, SLIDER, thresholdAt } from '../src/plots/html/threshold-scale.js';

/** The slider of the threshold and the box for exact values beside it. */
export class ThresholdControl {
  #threshold: number;

  constructor(
    private readonly slider: HTMLInputElement,
    private readonly box: HTMLInputElement,
    ticks: Iterable<HTMLButtonElement>,
    threshold: number,
    private readonly onChange: (threshold: number) => void,
  ) {
    this.#threshold = threshold;
    slider.min = '0';
    slider.max = String(Math.round((SLIDER.max - SLIDER.min) / SLIDER.step));
    slider.step = '1';
    slider.addEventListener('input', () =>
      this.#set(thresholdAt(SLIDER.min + Number(slider.value) * SLIDER.step)),
    );
    box.addEventListener('input', () => {
      const typed = Number(box.value);
      const isThreshold = box.value.trim() !== '' && typed > 0 && typed <= 1;
      box.setCustomValidity(isThreshold ? '' : 'A share of the variance: above 0, and 1 at most.');
      if (isThreshold) this.#set(typed);
    });
    box.addEventListener('change', () => {
      box.reportValidity();
    });
    for (const tick of ticks) {
      const threshold = Number(tick.value);
      const share = (positionOf(threshold) - SLIDER.min) / (SLIDER.max - SLIDER.min);
      tick.style.left = `${100 * share}%`;
      tick.addEventListener('click', () => this.#set(threshold));
    }
    this.#show();
  }

  get threshold(): number {
    return this.#threshold;
  }

  #set(threshold: number): void {
    this.#threshold = threshold;
    this.#show();
    this.onChange(threshold);
  }

  #show(): void {
    const text = String(this.#threshold);
    const position = Math.round((positionOf(this.#threshold) - SLIDER.min) / SLIDER.step);
    if (document.activeElement !== this.slider) this.slider.value = String(position);
    this.slider.setAttribute('aria-valuetext', text);
    if (document.activeElement === this.box) return;
    this.box.value = text;
    this.box.setCustomValidity('');
  }
}
