import { createSpectra } from '../spectra/spectra.js';
import type { EpochRecord } from '../writers/writer.js';
import type { Datasets } from './datasets.js';
import { embeddings, labelsOfSamples } from './embeddings.js';
import { finiteLayers, noteConstantLayers, noteThinLayers } from './finite.js';
import { layerRecords } from './layer-record.js';
import { layerShape } from './layer-view.js';
import type { RecordOptions } from './options.js';
import { type Loaded, type Running, runModel, samplesToRun } from './run-model.js';

/** Where a recording that was ended early ended. */
export interface Stopped {
  epoch: number;
  mode: 'train' | 'eval';
  /** Samples of that mode's data that were run. */
  samples: number;
  /** Samples that there were to run. */
  of: number;
}

export interface EpochResult {
  epoch: EpochRecord;
  /** How far it came. */
  end: Stopped;
  /** Whether that is all of it. */
  isWhole: boolean;
}

/** Runs every dataset through a network: one epoch. Modes that are left when it is stopped are not run. */
export async function recordEpoch(
  number: number,
  loaded: Loaded,
  datasets: Datasets,
  options: RecordOptions,
  running: Omit<Running, 'spectra'>,
): Promise<EpochResult> {
  const { path } = loaded.model;
  const { events, control } = running;
  const result: EpochRecord = { epoch: number, model: path, layers: [], scalars: new Map() };
  const spectra = createSpectra({ threads: options.threads });
  let end: Stopped = { epoch: number, mode: options.data[0]!.mode, samples: 0, of: 0 };
  try {
    for (const data of options.data) {
      const { mode } = data;
      const opened = await datasets.open(data, loaded.model);
      for (const note of datasets.newNotes(opened)) events.note?.(note);
      const labels = await labelsOfSamples(data, opened.dataset, options);
      const of = samplesToRun(opened, loaded, options);
      events.start?.({
        epoch: number,
        epochs: options.models.length,
        model: path,
        mode,
        samples: of,
        engine: loaded.engine.name,
        device: loaded.engine.device,
        threads: options.threads,
        layers: loaded.layers.map((layer, i) => {
          const { d } = layerShape(layer, loaded.session.taps[i]!, options.points);
          return { name: layer.name, d };
        }),
      });
      const { moments, samples } = await runModel(loaded, opened, options, { ...running, spectra });
      const finite = finiteLayers(path, moments, options.onNan, events);
      noteThinLayers(finite, mode, events);
      noteConstantLayers(finite, mode, events);
      const records = await layerRecords(finite, mode, options, { ...running, spectra });
      result.layers.push(...(await embeddings(records, finite, spectra, labels, running.signal)));
      end = { epoch: number, mode, samples, of };
      if (control?.isStopping) break;
    }
  } finally {
    await spectra.close();
  }
  if (options.averageSat) addAverages(result);
  const isWhole = end.mode === options.data.at(-1)!.mode && end.samples >= end.of;
  return { epoch: result, end, isWhole };
}

/** Mean of the recorded saturations, a mode at a time; NaN for a mode that was not run, as its column is there in any case. */
function addAverages({ layers, scalars }: EpochRecord): void {
  for (const mode of ['train', 'eval'] as const) {
    const recorded = layers.filter((layer) => layer.mode === mode);
    const sum = recorded.reduce((total, { byThreshold }) => total + byThreshold[0]!.saturation, 0);
    scalars.set(`average-${mode}-sat`, sum / recorded.length);
  }
}
