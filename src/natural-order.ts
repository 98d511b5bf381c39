let collator: Intl.Collator | undefined;

/** Compares names as people do: `conv2` before `conv10`. */
export function naturalOrder(a: string, b: string): number {
  // Made when it is needed: that takes longer than sorting.
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}
