import { join } from 'node:path';
import { checkArchive, writeArchive } from '../dump/archive.js';
import type { Embedding } from '../dump/embed-table.js';
import { DumpFolder } from '../dump/folder.js';
import { layerInPath, quantityName } from '../dump/layout.js';
import { encodeNpy, type NpyArray, scalarArray } from '../dump/npy.js';
import { encodeNpz } from '../dump/npz.js';
import { noteOnContinuing } from './continuing.js';
import { quantitiesOf } from './quantities.js';
import type { EpochRecord, LayerRecord, RunDescription, Writer, WriterOptions } from './writer.js';

/**
 * The folder `SAVEFILE/`: for each statistic of each layer a folder with one npy file an epoch, as the Python package
 * lays it out; beside them each layer's eigenvalues, mean and n as npz, the points of `embed` as npz (n, 2), and `run.json`. With the setting `zip` the folder is
 * archived as `SAVEFILE.zip` whenever it changes; it stays.
 */
export function npyWriter({ savefile, initialEpoch, settings, note }: WriterOptions): Writer {
  const dump = new DumpFolder(savefile, initialEpoch);
  const archive = settings.zip ? `${savefile}.zip` : undefined;
  let written = false;
  return {
    async open() {
      const epochs = dump.open();
      if (archive !== undefined) await checkArchive(archive, savefile, epochs?.length === 0);
      if (epochs === undefined) return;
      const said = noteOnContinuing(join(savefile, '/'), epochs, initialEpoch);
      if (said !== undefined) note(said);
    },
    async write(epoch: EpochRecord) {
      dump.writeEpoch(epoch.epoch, (add) => {
        for (const { record, longName, integer, value } of quantitiesOf(epoch)) {
          const array = value === undefined ? covarianceArray(record) : scalarArray(value, integer);
          add(quantityName(record.mode, longName, record.layer), 'npy', encodeNpy(array));
        }
        for (const [name, value] of epoch.scalars) {
          add(layerInPath(name), 'npy', encodeNpy(scalarArray(value, false)));
        }
        for (const [name, array] of epoch.arrays ?? []) add(layerInPath(name), 'npy', encodeNpy(array));
        for (const { mode, layer, embedding } of epoch.layers) {
          if (embedding)
            add(quantityName(mode, 'embedded-sample', layer), 'npz', encodeNpz(pointArrays(embedding)));
        }
        for (const record of epoch.layers) {
          if (record.spectrum.values.length === 0) continue;
          add(quantityName(record.mode, 'spectrum', record.layer), 'npz', encodeNpz(spectrumArrays(record)));
        }
      });
      written = true;
      if (archive !== undefined) writeArchive(archive, savefile);
    },
    async close(run: RunDescription) {
      if (!written) return;
      dump.writeRun(run);
      if (archive !== undefined) writeArchive(archive, savefile);
    },
  };
}

function covarianceArray({ d, covariance }: LayerRecord): NpyArray {
  return { shape: [d, d], data: covariance };
}

function pointArrays({ points, samples }: Embedding): Record<string, NpyArray> {
  return {
    points: { shape: [points.length, 2], data: Float64Array.from(points.flat()) },
    samples: { shape: [samples.length], data: BigInt64Array.from(samples, BigInt) },
  };
}

/** What the Python package does not know; it takes every npy file for a statistic, so these are in an npz. */
function spectrumArrays({ layer, d, n, mean, spectrum }: LayerRecord): Record<string, NpyArray> {
  const name = new TextEncoder().encode(layer);
  return {
    eigenvalues: { shape: [d], data: spectrum.values },
    mean: { shape: [d], data: mean },
    n: scalarArray(n, true),
    layer: { shape: [name.length], data: name },
  };
}
