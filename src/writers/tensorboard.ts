import { join } from 'node:path';
import { noteOnContinuing } from './continuing.js';
import { EventFiles } from './tensorboard/event-files.js';
import { epochEvent, type Joint, runEvent } from './tensorboard/events.js';
import type { EpochRecord, RunDescription, Writer, WriterOptions } from './writer.js';

/**
 * An event file in `SAVEFILE/`, which TensorBoard shows as a run of that name: every statistic with a card a layer
 * (`eval-saturation/conv1`), a histogram of each spectrum, and what made the run as a text. A step is an epoch.
 */
export function tensorboardWriter({ savefile, initialEpoch, settings, note }: WriterOptions): Writer {
  const files = new EventFiles(savefile, initialEpoch);
  const joint: Joint = settings.flat ? '_' : '/';
  let last: number | undefined;
  return {
    async open() {
      const epochs = files.open();
      if (epochs === undefined) return;
      const said = noteOnContinuing(join(savefile, 'events.out.tfevents.*.delve'), epochs, initialEpoch);
      if (said !== undefined) note(said);
    },
    async write(epoch: EpochRecord) {
      files.append([epochEvent(epoch, joint)]);
      last = epoch.epoch;
    },
    async close(run: RunDescription) {
      if (last !== undefined) files.append([runEvent(last, run)]);
    },
  };
}
