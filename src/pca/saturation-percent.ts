/**
 * The saturation of a PCA layer as the Python package tells it: count of d in percent, to four decimals. Of two that are equally near the even one,
 * as Python rounds.
 */
export function saturationPercent(count: number, d: number): number {
  const percent = (count / d) * 100;
  // Halfway between two numbers of four decimals lie the odd multiples of 1/32 alone.
  const isHalfway = Number.isInteger(percent * 32) && (percent * 32) % 2 !== 0;
  if (!isHalfway) return Number(percent.toFixed(4));
  const below = Math.floor(percent * 1e4);
  return (below % 2 === 0 ? below : below + 1) / 1e4;
}
