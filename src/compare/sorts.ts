/** Largest change of the first statistic first, whatever its sign; or as the layers stand in A. */
export const SORTS = ['change', 'layer'] as const;
export type Sort = (typeof SORTS)[number];
