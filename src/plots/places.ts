import { statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { PlottedFigure } from './plot.js';

/** Runs whose names a file's name holds; of more, it tells the number. */
const NAMED_RUNS = 3;

/**
 * Where figures go. Without `out`, beside their runs, under the names that the Python package gives: `runs/mnist_lsat_eval_epoch_3.png`
 * for `runs/mnist`. With `out`, that file; for several figures, files of that name and their own; or, in a folder, under the
 * names that they have beside their runs. `ending` is that of the format, `.png`.
 */
export function placeFigures(
  figures: readonly PlottedFigure[],
  out: string | undefined,
  ending: string,
): string[] {
  const named = figures.map(({ figure, runs }) => {
    const base = baseOf(runs);
    return { folder: base.folder, run: base.name, file: `${base.name}_${figure.name}${ending}`, figure };
  });
  if (out === undefined) return distinct(named.map(({ folder, file }) => join(folder, file)));
  if (isFolder(out)) return distinct(named.map(({ file }) => join(out, file)));
  if (named.length === 1) return [out];
  const stem = out.slice(0, out.length - extname(out).length);
  const several = new Set(named.map(({ run }) => run)).size > 1;
  return distinct(
    named.map(({ run, figure }) => `${stem}_${several ? `${run}_` : ''}${figure.name}${extname(out)}`),
  );
}

/** Where a page goes: beside its runs, `runs/mnist.html` for `runs/mnist`; or `out`, a file or a folder. */
export function placePage(runs: readonly string[], out: string | undefined): string {
  const { folder, name } = baseOf(runs);
  if (out === undefined) return join(folder, `${name}.html`);
  return isFolder(out) ? join(out, `${name}.html`) : out;
}

/** The folder of the first run, and a name of all. */
function baseOf(runs: readonly string[]): { folder: string; name: string } {
  const names = runs.map((run) => basename(resolve(run)).replace(/\.(csv|zip)$/i, '') || 'run');
  const more = names.length - NAMED_RUNS;
  const name = [...names.slice(0, NAMED_RUNS), ...(more > 0 ? [`${more}-more`] : [])].join('-');
  const [first = '.'] = runs;
  return { folder: dirname(basename(first).replaceAll('.', '') === '' ? resolve(first) : first), name };
}

function isFolder(path: string): boolean {
  return /[/\\]$/.test(path) || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** Paths that are there already get a number. */
function distinct(paths: readonly string[]): string[] {
  return paths.map((path, i) => {
    const before = paths.slice(0, i).filter((other) => other === path).length;
    const ending = extname(path);
    return before === 0 ? path : `${path.slice(0, path.length - ending.length)}_${before + 1}${ending}`;
  });
}
