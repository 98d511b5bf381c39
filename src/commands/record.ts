import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { IDIM_RULES, type IdimRule } from '../core/metrics.js';
import { CONV_METHODS, type PointOptions, TIMESERIES_METHODS } from '../core/points.js';
import { EMBED_DESCRIPTION, type RecordedStatistic, STATISTICS, statisticNames } from '../core/statistics.js';
import type { Device } from '../engines/engine.js';
import { UserError } from '../errors.js';
import { fromHost, type Host } from '../host.js';
import { defaultRecordOptions } from '../record/defaults.js';
import type { RecordOptions } from '../record/options.js';
import { PROGRESS_KINDS, type ProgressKind } from '../ui/progress-kinds.js';
import { writerLines } from '../writers/list.js';
import { parseWriterSpecs } from '../writers/spec.js';
import { addDataOptions, addPreparationOptions, type DataFlags, dataOptions } from './data-options.js';
import {
  collect,
  collectList,
  collectWriters,
  parseCount,
  parseEpoch,
  parseRecorded,
  parseThresholds,
} from './parse.js';
import { addRunningOptions } from './running-options.js';

const INTERPOLATIONS = ['nearest', 'bilinear', 'bicubic', 'area'] as const;

const DEFAULTS = defaultRecordOptions();
const SAVE_TO = DEFAULTS.saveTo.filter((writer) => typeof writer === 'string');

/** As commander hands them over. */
interface Flags extends DataFlags {
  data?: string[];
  out?: string;
  signature?: string;
  stats: RecordedStatistic[];
  embedSamples: number;
  labels?: string[];
  threshold: number[];
  rule: IdimRule;
  layers?: string[];
  ignoreLayers?: string[];
  conv: boolean;
  tap: RecordOptions['tap'];
  convMethod: PointOptions['convMethod'];
  timeseriesMethod: PointOptions['timeseriesMethod'];
  interpolation?: (typeof INTERPOLATIONS)[number];
  interpolationSize?: number;
  scale?: number;
  mean?: number[];
  std?: number[];
  batchSize?: number;
  limit?: number;
  logInterval: number;
  maxSamples?: number;
  saveTo: string[];
  averageSat?: true;
  initialEpoch: number;
  onNan: RecordOptions['onNan'];
  engine: string;
  device: Device;
  threads: number;
  progress?: ProgressKind;
  json?: true;
  quiet?: true;
}

const WRITER_WIDTH = Math.max(...writerLines().map(([name]) => name.length));

const EXAMPLES = `
Examples:
  $ delve record fixtures/mnist/cnn --data fixtures/mnist/images.npy --out runs/mnist
  $ delve record resnet.onnx --data train=x_train.npy --data eval=x_test.npy --threshold 0.9,0.99
  $ delve record my_model --data train=photos/ --scale 1/255 --shuffle --limit 5000
  $ delve record my_model --data table.csv --label-column species
  $ delve record 'checkpoints/epoch-*' --data x.npz --stats lsat,idim,cov --save-to csv,npy:zip,json

Statistics:
${statisticNames()
  .map((name) => `  ${name.padEnd(7)} ${STATISTICS[name].description}`)
  .join('\n')}
  ${'embed'.padEnd(7)} ${EMBED_DESCRIPTION}

Writers:
${writerLines()
  .map(([name, description]) => `  ${name.padEnd(WRITER_WIDTH)} ${description}`)
  .join('\n')}`;

export function declareRecord(root: Command, host: Host): void {
  const command = root
    .command('record')
    .summary('run a dataset through a trained network and record the covariance of every layer')
    .description(
      'Runs a dataset through a trained network and records the covariance of every layer: a table on the screen, SAVEFILE.csv and the npy dump SAVEFILE/. Several models are recorded as successive epochs.',
    )
    .argument('<model...>', 'SavedModel folders or .onnx files, or a quoted glob of them')
    .optionsGroup('Model and data:')
    .option(
      '--data <[mode=]path>',
      'dataset: .npy, .npz, .csv, .tsv, .parquet, a folder or .zip of images, or - for npy from a pipe; mode is train or eval; repeatable',
      collect,
    )
    .option('--signature <name>', 'signature of the SavedModel (default: serving_default)');
  addPreparationOptions(addDataOptions(command), 'run only the first samples of each dataset')
    .optionsGroup('What is recorded:')
    .addOption(
      new Option('--stats <names>', 'statistics, in the order of the columns')
        .argParser(parseRecorded)
        .default(DEFAULTS.stats, DEFAULTS.stats.join(',')),
    )
    .addOption(
      new Option('--threshold <shares>', 'explained variance; the first one goes to the files')
        .argParser(parseThresholds)
        .default(DEFAULTS.thresholds, DEFAULTS.thresholds.join(',')),
    )
    .addOption(
      new Option('--rule <rule>', 'how the intrinsic dimensionality counts')
        .choices(IDIM_RULES)
        .default(DEFAULTS.rule),
    )
    .option(
      '--embed-samples <n>',
      'points of each layer that embed keeps, a random sample where there are more',
      parseCount,
      DEFAULTS.embedSamples,
    )
    .option(
      '--labels <[mode=]path>',
      'classes of the samples, which colour the points of embed (npy, csv, parquet); repeatable (default: what --label-column names, or the folders of images)',
      collect,
    )
    .option('--layers <globs>', 'record these layers alone; repeatable', collectList)
    .option('--ignore-layers <globs>', 'leave these layers out; repeatable', collectList)
    .option('--no-conv', 'leave convolutions out')
    .addOption(
      new Option('--tap <where>', "a layer's output before or after its own activation")
        .choices(['pre-activation', 'activation'])
        .default(DEFAULTS.tap),
    )
    .addOption(
      new Option(
        '--conv-method <method>',
        'what of a feature map is a point: every position, a pool over positions, or all of it',
      )
        .choices(CONV_METHODS)
        .default(DEFAULTS.points.convMethod),
    )
    .addOption(
      new Option('--timeseries-method <method>', 'what of a time series is a point')
        .choices(TIMESERIES_METHODS)
        .default(DEFAULTS.points.timeseriesMethod),
    )
    .addOption(
      new Option('--interpolation <mode>', 'resize larger feature maps first').choices([...INTERPOLATIONS]),
    )
    .option(
      '--interpolation-size <pixels>',
      'size that larger feature maps are resized to (default: 32)',
      parseCount,
    )
    .option('--log-interval <k>', 'record batches k, 2k, 3k, ...', parseCount, DEFAULTS.logInterval)
    .option('--max-samples <n>', 'stop recording after n samples of each dataset', parseCount)
    .addOption(
      new Option('--on-nan <what>', 'layers with NaN or infinite values')
        .choices(['error', 'skip'])
        .default(DEFAULTS.onNan),
    )
    .option('--average-sat', 'record the mean saturation as well')
    .optionsGroup('Results:')
    .option(
      '-o, --out <savefile>',
      'where results go, without ending (default: runs/ and the name of the model)',
    )
    .addOption(
      new Option(
        '--save-to <writers>',
        'what is written (below), or paths of writers of your own; repeatable',
      )
        .argParser(collectWriters(SAVE_TO))
        .default(SAVE_TO, SAVE_TO.join(',')),
    )
    .option(
      '--initial-epoch <k>',
      'continue an earlier recording at epoch k',
      parseEpoch,
      DEFAULTS.initialEpoch,
    )
    .addOption(
      new Option(
        '--progress <how>',
        'a screen of every layer while it runs, a bar, or nothing (default: on a terminal live, for recordings of some seconds a bar)',
      ).choices(PROGRESS_KINDS),
    )
    .option('--json', 'print the results as JSON')
    .option('-q, --quiet', 'print nothing but errors');
  addRunningOptions(command, DEFAULTS)
    .addHelpText('after', EXAMPLES)
    .action(async (models: string[], flags: Flags, command: Command) => {
      const { runRecord } = await import('./run-record.js');
      const { json = false, quiet = false, progress } = flags;
      const asked = command.getOptionValueSource('stats') !== 'default' && flags.stats.includes('cov');
      const keeps = parseWriterSpecs(flags.saveTo).some(({ entry, name }) => name === 'npy' || !entry);
      if (asked && !keeps && !quiet) {
        host.stderr.write('note: covariances are kept by the npy dump alone; add npy to --save-to\n');
      }
      await runRecord(await recordOptions(models, flags, host), { json, quiet, progress }, host);
    });
}

async function recordOptions(arguments_: string[], flags: Flags, host: Host): Promise<RecordOptions> {
  const [{ expandModels }, { parseDataOption }, { parseLabelOptions }, { savefilePath }] = await Promise.all([
    import('../record/epochs.js'),
    import('../data/data-option.js'),
    import('../data/label-option.js'),
    import('../writers/savefile.js'),
  ]);
  const cwd = host.cwd();
  const models = await expandModels(arguments_, cwd);
  if (!flags.data) throw new UserError('no dataset given; add --data [train=|eval=]PATH');
  const data = flags.data.map((text) => parseDataOption(text, cwd));
  const labels = parseLabelOptions(flags.labels ?? [], data);
  if (labels.length > 0 && !flags.stats.includes('embed')) {
    throw new UserError('--labels colours the points of embed; add embed to --stats, or leave it out');
  }
  const { scale, mean, std } = flags;
  if (flags.interpolationSize !== undefined && !flags.interpolation) {
    throw new UserError('--interpolation-size says how large, but not how; add --interpolation MODE');
  }
  return {
    models: models.map((path) => fromHost(host, path)),
    data: data.map(({ mode, path }) => ({ mode, path: path === '-' ? path : fromHost(host, path) })),
    ...dataOptions(flags),
    stdin: data.some(({ path }) => path === '-') ? host.stdin : undefined,
    signature: flags.signature,
    stats: flags.stats,
    embedSamples: flags.embedSamples,
    labels: labels.map(({ mode, path }) => ({ mode, path: fromHost(host, path) })),
    thresholds: flags.threshold,
    rule: flags.rule,
    points: {
      convMethod: flags.convMethod,
      timeseriesMethod: flags.timeseriesMethod,
      interpolation: flags.interpolation && {
        mode: flags.interpolation,
        size: flags.interpolationSize ?? 32,
      },
    },
    tap: flags.tap,
    layers: flags.layers ?? [],
    ignoreLayers: flags.ignoreLayers ?? [],
    conv: flags.conv,
    preprocessing: { scale, mean, std },
    batchSize: flags.batchSize,
    limit: flags.limit,
    logInterval: flags.logInterval,
    maxSamples: flags.maxSamples,
    out: fromHost(host, savefilePath(flags.out ?? defaultSavefile(models[0]!))),
    saveTo: writersFromHost(flags.saveTo, host),
    keepCovariances: false,
    averageSat: flags.averageSat ?? DEFAULTS.averageSat,
    initialEpoch: flags.initialEpoch,
    onNan: flags.onNan,
    engine: flags.engine,
    device: flags.device,
    threads: flags.threads,
  };
}

/** Paths of the user's own writers as the file system takes them. */
function writersFromHost(texts: readonly string[], host: Host): string[] {
  return parseWriterSpecs(texts).map(({ text, entry, name }) =>
    entry ? text : `${fromHost(host, name)}${text.slice(name.length)}`,
  );
}

function defaultSavefile(model: string): string {
  return `runs/${basename(resolve(model)).replace(/\.onnx$/i, '')}`;
}
