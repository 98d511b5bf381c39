import { Engines } from '../engines/engines.js';
import { UserError } from '../errors.js';
import type { GraphOutput } from '../model/graph.js';
import type { Model } from '../model/model.js';
import { openModel } from '../model/open.js';
import { nearest } from '../nearest.js';
import { Datasets } from '../record/datasets.js';
import { selectLayers } from '../record/select-layers.js';
import { eigenspaces, layerMoments } from './eigenspaces.js';
import { checkExport, exportNetwork, exportPlace } from './export.js';
import { classLabels, measure } from './measure.js';
import { Network } from './network.js';
import { type PcaEvents, type PcaOptions, recordOptionsOf } from './options.js';
import { projectionsOf } from './projections.js';
import type { PcaResult } from './result.js';

/**
 * Projects each layer's output onto the eigenvectors that explain a share of its variance, and measures what that does to the network; the same with
 * random directions as control.
 *
 * @throws UserError for anything that is wrong with model, data, labels or dump; Interrupted when `signal` is aborted
 */
export async function projectModel(
  options: PcaOptions,
  events: PcaEvents = {},
  signal?: AbortSignal,
): Promise<PcaResult> {
  const model = await openModel(options.model, { signature: options.signature });
  const layers = selectLayers(model, options);
  const output = outputOfModel(model, options.output);
  checkExport(options);
  const engines = new Engines(options.engine, { threads: options.threads, device: options.device });
  const datasets = new Datasets(recordOptionsOf(options), signal);
  try {
    await engines.check();
    await datasets.check();
    const opened = await datasets.open({ mode: 'eval', path: options.data }, model);
    const labels = await classLabels(options, opened);
    const moments = await layerMoments(layers, options, events, signal);
    const projectable = await projectionsOf(model, layers, moments, engines, options);
    const network = new Network(model, output, engines, options, projectable.projections);
    try {
      await network.load(events);
      const refused = new Map([...projectable.refused, ...network.refused]);
      const chosen = layers.filter(({ name }) => !refused.has(name));
      if (chosen.length === 0) {
        const [first] = refused;
        throw new UserError(
          `${model.path}: none of the layers can be projected (${first![0]}: ${first![1]}); choose others with --layers`,
        );
      }
      const spaces = await eigenspaces(chosen, moments, options.threads, signal);
      const place =
        options.exportTo === undefined
          ? undefined
          : exportPlace(options.exportTo, network.engine.name, model);
      const measured = await measure(network, spaces, opened, labels, options, events, signal);
      if (place) {
        const counts = measured.layers.map(({ kept }) => kept[0]!);
        await exportNetwork(model, network.filled(spaces, counts), place);
      }
      return {
        model: model.path,
        data: options.data,
        output: output.key,
        labels: labels?.path,
        engine: network.engine,
        seed: options.seed,
        unprojected: [...refused].map(([layer, reason]) => ({ layer, reason })),
        ...measured,
      };
    } finally {
      await network.close();
    }
  } finally {
    await engines.close();
    await datasets.close();
  }
}

function outputOfModel({ path, outputs }: Model, asked: string | undefined): GraphOutput {
  const keys = outputs.map(({ key }) => key);
  const found = asked === undefined ? outputs[0] : outputs.find(({ key }) => key === asked);
  if (!found) throw new UserError(`${path}: --output ${asked}: ${nearest(asked ?? '', keys, 'output')}`);
  if (asked === undefined && outputs.length > 1) {
    throw new UserError(`${path} has ${outputs.length} outputs (${keys.join(', ')}); name one with --output`);
  }
  return found;
}
