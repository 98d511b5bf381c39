import { type Command, Option } from 'commander';
import { SORTS, type Sort } from '../compare/sorts.js';
import type { IdimRule } from '../core/metrics.js';
import type { StatisticName } from '../core/statistics.js';
import type { Host } from '../host.js';
import { cacheOption, ruleOption, threadsOption } from './dump-options.js';
import { collect, collectList, parseEpochIndex, parseOneThreshold } from './parse.js';
import { parseRecomputable } from './recompute.js';

/** As commander hands them over. */
export interface CompareFlags {
  stats: StatisticName[];
  threshold?: number;
  rule: IdimRule;
  layers?: string[];
  mode?: 'train' | 'eval';
  epoch: number;
  sort: Sort;
  failIf?: string[];
  csv?: string;
  cache: boolean;
  threads?: number;
  json?: true;
  markdown?: true;
  quiet?: true;
}

const EXAMPLES = `
Examples:
  $ delve compare fixtures/dump/package@0 fixtures/dump/package@1
  $ delve compare fixtures/dump/package@0 fixtures/dump/package --stats idim,trc --threshold 0.9 --mode eval
  $ delve compare baselines/mnist runs/mnist --fail-if 'abs(delta(saturation)) > 0.1' --fail-if 'any(unmatched)'

Gates (--fail-if), with a statistic by either name (lsat, saturation):
  abs(delta(saturation)) > 0.1    a layer's saturation went up or down by more; delta is B - A
  delta(idim(conv*)) < -4         of the layers that the glob matches
  relative(trc) > 0.5             (B - A) / |A|
  max(abs(delta(lsat))) > 0.2     max, min or mean over the layers
  any(unmatched), any(nan)        a layer is in one run alone; a statistic is NaN in one
Exit code 1 if one of them holds.`;

export function declareCompare(root: Command, host: Host): void {
  root
    .command('compare')
    .summary('two runs, or two epochs of one, layer by layer')
    .description(
      "Compares two runs layer by layer, the largest change first. A run is a dump (folder or zip), a csv, or what record's --out named; @3 behind it is its epoch 3, @-1 the last.",
    )
    .argument('<A>', 'a run, such as baselines/mnist')
    .argument('<B>', 'another run, or another epoch of it: runs/mnist@3')
    .addOption(
      new Option('--stat, --stats <names>', 'statistics; the first one sorts')
        .argParser(parseRecomputable)
        .default(['lsat'], 'lsat'),
    )
    .addOption(
      new Option(
        '--threshold <share>',
        'compute from the covariances at this explained variance (default: as stored)',
      ).argParser(parseOneThreshold('Runs are compared at one threshold.')),
    )
    .addOption(ruleOption())
    .option('--layers <globs>', 'these layers alone; repeatable', collectList)
    .addOption(new Option('--mode <mode>', 'one mode alone').choices(['train', 'eval']))
    .addOption(
      new Option('--epoch <k>', 'the epoch of runs without @, -1 being the last one')
        .argParser(parseEpochIndex())
        .default(-1),
    )
    .addOption(
      new Option('--sort <order>', 'by change, or as the layers stand in A').choices(SORTS).default('change'),
    )
    .option('--fail-if <condition>', 'exit with 1 if it holds; repeatable', collect)
    .option('--csv <file>', 'write a table, a row for each layer and statistic; - is stdout')
    .addOption(cacheOption())
    .addOption(threadsOption())
    .option('--json', 'print JSON')
    .option('--markdown', 'print markdown')
    .option('-q, --quiet', 'print nothing but errors')
    .addHelpText('after', EXAMPLES)
    .action(async (a: string, b: string, flags: CompareFlags) => {
      const { runCompare } = await import('./run-compare.js');
      await runCompare(a, b, flags, host);
    });
}
