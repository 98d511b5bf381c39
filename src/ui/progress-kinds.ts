/** How a recording shows how it goes. */
export const PROGRESS_KINDS = ['live', 'bar', 'none'] as const;
export type ProgressKind = (typeof PROGRESS_KINDS)[number];
