import { pythonNumber } from './python-number.js';
import { scalarsOf } from './quantities.js';
import type { EpochRecord, Writer, WriterOptions } from './writer.js';

/** A line `name : value` for every statistic, as the Python package prints it: names of layers' statistics begin with `_`. */
export function printWriter({ print }: WriterOptions): Writer {
  return {
    async open() {},
    async write(epoch: EpochRecord) {
      for (const { name, value, integer } of scalarsOf(epoch)) {
        const ofLayer = !epoch.scalars.has(name);
        print(`${ofLayer ? '_' : ''}${name} : ${pythonNumber(value, integer)}`);
      }
    },
    async close() {},
  };
}
