import { type Command, Option } from 'commander';
import type { Device } from '../engines/engine.js';
import type { Host } from '../host.js';
import { defaultPcaOptions, PCA_RULES, type PcaOptions, type PcaRule } from '../project/options.js';
import { addDataOptions, addPreparationOptions, type DataFlags } from './data-options.js';
import { collectList, parseEpoch, parseThresholds } from './parse.js';
import { addRunningOptions } from './running-options.js';

/** As commander hands them over. */
export interface PcaFlags extends DataFlags {
  data?: string;
  labels?: string;
  output?: string;
  signature?: string;
  threshold: number[];
  rule: PcaRule;
  random: number;
  dump?: string;
  layers?: string[];
  ignoreLayers?: string[];
  conv: boolean;
  tap: PcaOptions['tap'];
  scale?: number;
  mean?: number[];
  std?: number[];
  batchSize?: number;
  limit?: number;
  csv?: string;
  plot?: string;
  export?: string;
  engine: string;
  device: Device;
  threads: number;
  json?: true;
  quiet?: true;
}

const DEFAULTS = defaultPcaOptions();

const EXAMPLES = `
Examples:
  $ delve pca fixtures/mnist/cnn --data fixtures/mnist/images.npy --labels fixtures/mnist/labels.npy
  $ delve pca my_model --data x_test.npz --labels y_test.npy --threshold 0.9,0.99 --random 10 --plot accuracy.svg
  $ delve pca model.onnx --data photos/ --scale 1/255 --layers 'layer4*' --csv pca.csv
  $ delve pca my_model --data x_test.npy --dump runs/my_model --threshold 0.99 --export projected.onnx

Every point v of a layer's output becomes mean + (v - mean) E E^T, E being the leading eigenvectors of the layer's covariance
that explain the threshold's share of the variance; or, as control, as many random directions.`;

export function declarePca(root: Command, host: Host): void {
  const command = root
    .command('pca')
    .summary('project layers onto their leading eigenvectors, and measure what is left of the accuracy')
    .description(
      "Projects the output of each layer onto the eigenvectors that explain a share of its variance, and measures the network's accuracy, or how far its output moves; the same with random directions as control.",
    )
    .argument('<model>', 'a SavedModel folder or an .onnx file')
    .optionsGroup('Model and data:')
    .option('--data <path>', 'dataset: .npy, .npz, .csv, .tsv, .parquet, a folder or .zip of images')
    .option(
      '--labels <path>',
      'classes of the samples: .npy, .npz, .csv, .tsv, .parquet (default: what --label-column names, or the folders of images; none: predictions are compared)',
    )
    .option('--output <key>', "the model's output that is looked at, where it has several")
    .option('--signature <name>', 'signature of the SavedModel (default: serving_default)');
  addPreparationOptions(addDataOptions(command), 'run only the first samples')
    .optionsGroup('What is projected:')
    .addOption(
      new Option('--threshold <shares>', 'explained variance that is kept')
        .argParser(parseThresholds)
        .default(DEFAULTS.thresholds, DEFAULTS.thresholds.join(',')),
    )
    .addOption(
      new Option(
        '--rule <rule>',
        'how many eigenvectors: as PCA layers count (one more where they explain over 0.02 less than the threshold), or as the intrinsic dimensionality',
      )
        .choices([...PCA_RULES])
        .default(DEFAULTS.rule),
    )
    .option('--random <n>', 'draws of random directions, as control; 0: none', parseEpoch, DEFAULTS.random)
    .option(
      '--dump <dump>',
      'a recording of the network, whose covariances are taken (default: the data is recorded first)',
    )
    .option('--layers <globs>', 'project these layers alone; repeatable', collectList)
    .option('--ignore-layers <globs>', 'leave these layers as they are; repeatable', collectList)
    .option('--no-conv', 'leave convolutions as they are')
    .addOption(
      new Option('--tap <where>', "a layer's output before or after its own activation")
        .choices(['pre-activation', 'activation'])
        .default(DEFAULTS.tap),
    )
    .optionsGroup('Results:')
    .option('--csv <file>', 'write a table, a row for each threshold and draw; - is stdout')
    .option('--plot <file>', 'write a figure, accuracy over the threshold: .svg or .png')
    .option(
      '--export <file>',
      'write the projected network at the one threshold: .onnx, or a SavedModel folder with --engine tensorflow',
    )
    .option('--json', 'print JSON')
    .option('-q, --quiet', 'print nothing but errors');
  addRunningOptions(command, DEFAULTS)
    .addHelpText('after', EXAMPLES)
    .action(async (model: string, flags: PcaFlags) => {
      const { runPca } = await import('./run-pca.js');
      await runPca(model, flags, host);
    });
  const seed = command.options.find(({ long }) => long === '--seed');
  if (seed) seed.description = 'which random directions, and with --shuffle which order (default: 0)';
}
