import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from '../dump/atomic.js';
import { checkWritableFile, writing } from '../dump/writable.js';
import { noteOnContinuing } from './continuing.js';
import { type EarlierJson, parseEarlierJson } from './json-earlier.js';
import { epochJson } from './json-values.js';
import type { EpochRecord, RunDescription, Writer, WriterOptions } from './writer.js';

/**
 * `SAVEFILE.json`: `{ "runs": [...], "epochs": [...] }` with every statistic, threshold and eigenvalue, and what run made them.
 * Numbers that JSON lacks (NaN, infinities) are null.
 */
export function jsonWriter({ savefile, initialEpoch, note }: WriterOptions): Writer {
  const path = `${savefile}.json`;
  let document: EarlierJson = { runs: [], epochs: [] };
  const save = (next: EarlierJson) => {
    replaceFile(path, `${JSON.stringify(next, null, 1)}\n`);
    document = next;
  };
  return {
    async open() {
      checkWritableFile(path);
      if (initialEpoch === 0) return;
      const found = existsSync(path)
        ? parseEarlierJson(
            writing(path, () => readFileSync(path, 'utf8')),
            path,
          )
        : document;
      const said = noteOnContinuing(
        path,
        found.epochs.map(({ epoch }) => epoch),
        initialEpoch,
      );
      if (said !== undefined) note(said);
      document = { runs: found.runs, epochs: found.epochs.filter(({ epoch }) => epoch < initialEpoch) };
    },
    async write(epoch: EpochRecord) {
      save({ ...document, epochs: [...document.epochs, epochJson(epoch)] });
    },
    async close(run: RunDescription) {
      save({ ...document, runs: [...document.runs, run] });
    },
  };
}
