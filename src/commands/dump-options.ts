import { Option } from 'commander';
import { IDIM_RULES } from '../core/metrics.js';
import { parseCount } from './parse.js';

/** `--rule`, of commands that count at a rule of their own. */
export function ruleOption(): Option {
  return new Option('--rule <rule>', 'how the intrinsic dimensionality counts')
    .choices(IDIM_RULES)
    .default('delve');
}

/** `--no-cache`, of commands that may have to compute eigenvalues. */
export function cacheOption(): Option {
  return new Option('--no-cache', 'neither use nor keep the eigenvalues of dumps that hold none');
}

/** `--threads`, of the same. */
export function threadsOption(): Option {
  return new Option('--threads <n>', 'matrices worked on at the same time (default: all cores)').argParser(
    parseCount,
  );
}
