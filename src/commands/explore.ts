import { type Command, Option } from 'commander';
import { IDIM_RULES, type IdimRule } from '../core/metrics.js';
import type { Host } from '../host.js';
import { cacheOption, threadsOption } from './dump-options.js';
import { collectList, parseEpochIndex, parseOneThreshold } from './parse.js';

/** As commander hands them over. */
export interface ExploreFlags {
  threshold?: number;
  epoch: number;
  mode?: 'train' | 'eval';
  layers?: string[];
  rule?: IdimRule;
  cache: boolean;
  threads?: number;
}

const EXAMPLES = `
Examples:
  $ delve explore runs/mnist
  $ delve explore fixtures/dump/package --threshold 0.9 --mode eval

Keys: left and right move the threshold, up and down pick a layer, Tab changes the statistic, [ and ] the epoch,
m the mode, s the order, / filters, ? tells all of them, q quits.`;

export function declareExplore(root: Command, host: Host): void {
  root
    .command('explore')
    .summary('a screen to look into a dump: thresholds, layers and their spectra, by keys')
    .description(
      'Shows the layers of a dump as bars, with the spectrum of one of them, while keys move the threshold, the epoch and the statistic. For terminals of any size from 40 columns on.',
    )
    .argument(
      '<dump>',
      'folder of a dump, zip archive of it, or what --out named; with an epoch: runs/mnist@3',
    )
    .addOption(
      new Option(
        '--threshold <share>',
        'where to begin (default: that of the recording, else 0.99)',
      ).argParser(parseOneThreshold('The screen begins at one; keys move it.')),
    )
    .addOption(
      new Option('--epoch <k>', 'where to begin, -1 being the last one')
        .argParser(parseEpochIndex())
        .default(-1),
    )
    .addOption(new Option('--mode <mode>', 'one mode alone').choices(['train', 'eval']))
    .option('--layers <globs>', 'these layers alone; repeatable', collectList)
    .addOption(
      new Option('--rule <rule>', 'how the intrinsic dimensionality counts (default: delve)').choices(
        IDIM_RULES,
      ),
    )
    .addOption(cacheOption())
    .addOption(threadsOption())
    .addHelpText('after', EXAMPLES)
    .action(async (dump: string, flags: ExploreFlags) => {
      const { runExplore } = await import('./run-explore.js');
      await runExplore(dump, flags, host);
    });
}
