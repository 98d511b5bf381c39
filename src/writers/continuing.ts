/**
 * What to tell the user who asked to continue with epoch k: undefined if epochs up to k-1 are there and none beyond.
 * `epochs` are those found at `path`, in any order.
 */
export function noteOnContinuing(path: string, epochs: readonly number[], k: number): string | undefined {
  const kept = epochs.filter((epoch) => epoch < k);
  const replaced = epochs.length - kept.length;
  const last = Math.max(...kept);
  if (kept.length === 0)
    return `${path}: there is no epoch before ${k} to continue, so it begins with epoch ${k}`;
  const gap = last < k - 1 ? [`its last epoch is ${last}, so ${missing(last, k)}`] : [];
  const over = replaced > 0 ? [`what it held of epoch ${k} and later is replaced`] : [];
  const said = [...gap, ...over];
  return said.length === 0 ? undefined : `${path}: ${said.join('; ')}`;
}

function missing(last: number, k: number): string {
  return last + 1 === k - 1 ? `epoch ${k - 1} is missing` : `epochs ${last + 1} to ${k - 1} are missing`;
}
