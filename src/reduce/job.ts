/** A block of points on its way into a layer's scatter matrix; what the threads need to know of it. */
export interface Job {
  id: number;
  /** Byte address of the points in the kernel's memory. */
  data: number;
  elementBytes: number;
  layout: 'rows' | 'channels-first';
  batch: number;
  features: number;
  positions: number;
  /** Features in a tile, a multiple of 4; the last tile may have fewer. */
  tileWidth: number;
  /** Tiles along an edge of the matrix: tilesAcross * (tilesAcross + 1) / 2 make the upper triangle, row by row. */
  tilesAcross: number;
  /** Records of tiles, one after another; see tile-runner.mjs. */
  records: Float64Array;
  /** The record of the first tile of this matrix. */
  firstRecord: number;
  /** For every record the number of blocks that are in it. */
  turns: Int32Array;
  /** Blocks that come before this one. */
  turn: number;
  /** Points in them. */
  before: number;
  /** Tiles taken by a thread, and tiles done. */
  taken: Int32Array;
}

type Pack = (
  source: number,
  stride: number,
  count: number,
  features: number,
  panel: number,
  shift: number,
  sums: number,
) => void;

/** What assembly/scatter.ts exports; numbers are byte addresses, byte distances and counts. */
export interface ScatterKernel {
  panelPoints(): number;
  sliverBytes(): number;
  packRows32: Pack;
  packRows64: Pack;
  packChannels32: Pack;
  packChannels64: Pack;
  multiplyPanels(
    a: number,
    b: number,
    count: number,
    c: number,
    rowBytes: number,
    rows: number,
    columns: number,
    diagonal: boolean,
  ): void;
  subtractOuter(
    c: number,
    rowBytes: number,
    rows: number,
    columns: number,
    weight: number,
    a: number,
    b: number,
  ): void;
}
