import { type Command, Option } from 'commander';
import type { IdimRule } from '../core/metrics.js';
import type { StatisticName } from '../core/statistics.js';
import type { Host } from '../host.js';
import { cacheOption, ruleOption, threadsOption } from './dump-options.js';
import { parseOneThreshold } from './parse.js';
import { parseRecomputable } from './recompute.js';

/** As commander hands them over. */
export interface ReconstructFlags {
  out?: string;
  threshold?: number;
  stats: StatisticName[];
  rule: IdimRule;
  pythonNames?: true;
  strict?: true;
  cache: boolean;
  threads?: number;
  quiet?: true;
}

const EXAMPLES = `
Examples:
  $ delve reconstruct-csv fixtures/dump/package
  $ delve reconstruct-csv runs/mnist --threshold 0.95 --stats lsat,idim,erank -o runs/mnist-0.95.csv`;

export function declareReconstructCsv(root: Command, host: Host): void {
  root
    .command('reconstruct-csv')
    .summary('the csv of a recording out of its dump, as stored or at another threshold')
    .description(
      'The csv of a recording out of its npy dump, that of the Python package too: every number that is stored; with --threshold saturation and intrinsic dimensionality are computed from the covariances instead.',
    )
    .argument('<dump>', 'folder of a dump, or a zip archive of it')
    .option('-o, --out <file>', 'where the csv goes (default: -, which is stdout)')
    .option(
      '--threshold <share>',
      'explained variance to compute --stats at',
      parseOneThreshold('A csv has one threshold; delve recompute --csv takes several.'),
    )
    .addOption(
      new Option('--stats <names>', 'what to compute with --threshold; all else is taken as stored')
        .argParser(parseRecomputable)
        .default(['lsat', 'idim'], 'lsat,idim'),
    )
    .addOption(ruleOption())
    .option('--python-names', 'name columns as the package does: _eval-saturation_conv1')
    .option('--strict', 'refuse damaged files, which are else named and left out')
    .addOption(cacheOption())
    .addOption(threadsOption())
    .option('-q, --quiet', 'print no notes')
    .addHelpText('after', EXAMPLES)
    .action(async (dump: string, flags: ReconstructFlags) => {
      const { runReconstructCsv } = await import('./run-reconstruct-csv.js');
      await runReconstructCsv(dump, flags, host);
    });
}
