import { existsSync } from 'node:fs';
import { embedFile, embedRows, readEmbedRows, writeEmbedTable } from '../dump/embed-table.js';
import type { EpochRecord } from './writer.js';

/** `SAVEFILE_embed.csv`: a row a point, with the sample that it is of, its coordinates and, where labels are known, its class. */
export class EmbedTable {
  #rows: string[][] = [];

  constructor(private readonly savefile: string) {}

  /** Takes over what an earlier run wrote of epochs before `initialEpoch`. */
  continueAt(initialEpoch: number): void {
    const path = embedFile(this.savefile);
    if (!existsSync(path)) return;
    this.#rows = readEmbedRows(path).filter(([epoch]) => Number(epoch) < initialEpoch);
  }

  /** Writes the file anew if the epoch has points. */
  write({ epoch, layers }: EpochRecord): void {
    const rows = layers.flatMap(({ mode, layer, embedding }) =>
      embedding ? embedRows({ ...embedding, epoch, mode, layer }) : [],
    );
    if (rows.length === 0) return;
    const all = [...this.#rows, ...rows];
    writeEmbedTable(embedFile(this.savefile), all);
    this.#rows = all;
  }
}
