import { type Command, InvalidArgumentError, Option } from 'commander';
import type { IdimRule } from '../core/metrics.js';
import { STATISTICS, type StatisticName, statisticNames } from '../core/statistics.js';
import type { Host } from '../host.js';
import { cacheOption, ruleOption, threadsOption } from './dump-options.js';
import { collect, collectList, parseEpochIndex, parseStatistics, parseThresholds } from './parse.js';

/** As commander hands them over. */
export interface RecomputeFlags {
  threshold: number[];
  stats: StatisticName[];
  rule: IdimRule;
  layers?: string[];
  mode?: 'train' | 'eval';
  epoch: number | 'all';
  csv?: string;
  tidy?: true;
  failIf?: string[];
  strict?: true;
  cache: boolean;
  threads?: number;
  json?: true;
  markdown?: true;
  quiet?: true;
}

const RECOMPUTABLE = statisticNames().filter((name) => name !== 'cov');

const EXAMPLES = `
Examples:
  $ delve recompute fixtures/dump/package --threshold 0.9,0.99,0.999
  $ delve recompute runs/mnist --stats lsat,erank,logdet --layers 'conv*' --csv runs/again.csv
  $ delve recompute runs/mnist --fail-if 'saturation(conv*) < 0.05' --fail-if 'any(nan)' --markdown

Statistics:
${RECOMPUTABLE.map((name) => `  ${name.padEnd(7)} ${STATISTICS[name].description}`).join('\n')}

Gates (--fail-if), with a statistic by either name (lsat, saturation) at the first threshold:
  saturation(conv*) < 0.05   a layer that the glob matches is below; without a glob: any layer
  max(saturation) > 0.95     max, min or mean over the layers
  any(nan)                   a covariance holds NaN or infinite values
Exit code 1 if one of them holds.`;

export function declareRecompute(root: Command, host: Host): void {
  root
    .command('recompute')
    .summary('statistics of recorded covariances at other thresholds, without the network')
    .description(
      'Statistics of the covariances in dumps, at any thresholds, without the network. Dumps are those of record and of the Python package. Nothing in them is changed.',
    )
    .argument('<dump...>', 'folders of dumps, or zip archives of them')
    .addOption(
      new Option('--threshold <shares>', 'explained variance; the first one is that of --fail-if')
        .argParser(parseThresholds)
        .default([0.99], '0.99'),
    )
    .addOption(
      new Option('--stats <names>', 'statistics, in the order of the columns')
        .argParser(parseRecomputable)
        .default(['lsat', 'idim', 'trc'], 'lsat,idim,trc'),
    )
    .addOption(ruleOption())
    .option('--layers <globs>', 'these layers alone; repeatable', collectList)
    .addOption(new Option('--mode <mode>', 'one mode alone').choices(['train', 'eval']))
    .addOption(
      new Option('--epoch <k>', 'an epoch, -1 being the last one, or all')
        .argParser(parseEpochChoice)
        .default(-1),
    )
    .option('--csv <file>', "write delve's csv; several thresholds: a file each; - is stdout")
    .option('--tidy', 'with --csv: one long table, a row for each layer, statistic and threshold')
    .option('--fail-if <condition>', 'exit with 1 if it holds; repeatable', collect)
    .option('--strict', 'refuse damaged, asymmetric and NaN matrices, which are else named')
    .addOption(cacheOption())
    .addOption(threadsOption())
    .option('--json', 'print JSON')
    .option('--markdown', 'print markdown')
    .option('-q, --quiet', 'print nothing but errors')
    .addHelpText('after', EXAMPLES)
    .action(async (dumps: string[], flags: RecomputeFlags) => {
      const { runRecompute } = await import('./run-recompute.js');
      await runRecompute(dumps, flags, host);
    });
}

export function parseRecomputable(text: string): StatisticName[] {
  const names = parseStatistics(text);
  if (names.includes('cov'))
    throw new InvalidArgumentError('The covariance is what the others are computed from.');
  return names;
}
parseRecomputable.words = RECOMPUTABLE;

const parseEpochNumber = parseEpochIndex(', or all');

function parseEpochChoice(text: string): number | 'all' {
  return text === 'all' ? text : parseEpochNumber(text);
}
