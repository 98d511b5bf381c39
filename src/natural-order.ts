/** Compares names as people do: `conv2` before `conv10`. */
export const naturalOrder = new Intl.Collator('en', { numeric: true }).compare;
