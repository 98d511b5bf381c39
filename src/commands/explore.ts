import { type Command, InvalidArgumentError, Option } from 'commander';
import { IDIM_RULES, type IdimRule } from '../core/metrics.js';
import type { Host } from '../host.js';
import { collectList, parseCount, parseNumber, parseThresholds } from './parse.js';

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
      ).argParser(parseThreshold),
    )
    .addOption(
      new Option('--epoch <k>', 'where to begin, -1 being the last one')
        .argParser(parseEpochChoice)
        .default(-1),
    )
    .addOption(new Option('--mode <mode>', 'one mode alone').choices(['train', 'eval']))
    .option('--layers <globs>', 'these layers alone; repeatable', collectList)
    .addOption(
      new Option('--rule <rule>', 'how the intrinsic dimensionality counts (default: delve)').choices(
        IDIM_RULES,
      ),
    )
    .option('--no-cache', 'neither use nor keep the eigenvalues of dumps that hold none')
    .option('--threads <n>', 'matrices worked on at the same time (default: all cores)', parseCount)
    .addHelpText('after', EXAMPLES)
    .action(async (dump: string, flags: ExploreFlags) => {
      const { runExplore } = await import('./run-explore.js');
      await runExplore(dump, flags, host);
    });
}

function parseThreshold(text: string): number {
  const [threshold, ...more] = parseThresholds(text);
  if (threshold === undefined || more.length > 0)
    throw new InvalidArgumentError('The screen begins at one; keys move it.');
  return threshold;
}

function parseEpochChoice(text: string): number {
  const epoch = parseNumber(text);
  if (!Number.isSafeInteger(epoch))
    throw new InvalidArgumentError('It must be a whole number, -1 for the last.');
  return epoch;
}
