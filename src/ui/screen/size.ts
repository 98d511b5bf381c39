/** What a terminal has room for, in cells. */
export interface ScreenSize {
  columns: number;
  rows: number;
}
