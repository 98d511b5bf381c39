import { defaultRecordOptions } from '../../src/record/defaults.js';
import type { RecordEvents, RecordOptions } from '../../src/record/options.js';
import type { LiveEvent, LiveRun } from '../../src/ui/live/state.js';

export const CNN = 'fixtures/mnist/cnn';
export const IMAGES = 'fixtures/mnist/images.npy';

/** Options of a recording that writes nothing. */
export function optionsOf(options: Partial<RecordOptions> = {}): RecordOptions {
  return {
    ...defaultRecordOptions(),
    models: [CNN],
    data: [{ mode: 'eval', path: IMAGES }],
    out: 'nowhere',
    saveTo: [],
    batchSize: 20,
    threads: 2,
    ...options,
  };
}

/** Events of a recording as the screen gets them, on a clock on which a sample takes 10 ms. */
export function screenEvents(options: RecordOptions, tell: (event: LiveEvent) => void): RecordEvents {
  let at = 0;
  return {
    start(event) {
      at = 0;
      const run: LiveRun = {
        ...event,
        data: options.data.find(({ mode }) => mode === event.mode)!.path,
        threshold: options.thresholds[0]!,
        firstEpoch: options.initialEpoch,
      };
      tell({ type: 'start', run, at });
    },
    progress(done) {
      at = done * 10;
      tell({ type: 'progress', done, at });
    },
    paused: (isPaused) => tell({ type: 'paused', isPaused, at }),
    saturation: (value) => tell({ type: 'saturation', value, at }),
    spectra: (done, all) => tell({ type: 'spectra', done, all, at }),
    note: (message) => tell({ type: 'note', message, at }),
  };
}
