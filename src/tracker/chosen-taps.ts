import picomatch from 'picomatch';
import { UserError } from '../errors.js';
import { nearest } from '../nearest.js';
import type { NamedLayers, ResolvedOptions } from './options.js';
import type { TrackedModule } from './tracked-modules.js';
import type { NamedTap } from './tracked-taps.js';

/** The layers of what is tracked by their names, in the order of columns. */
export function namedLayers(taps: readonly NamedTap[]): NamedLayers {
  return Object.fromEntries(taps.map(({ name, tap }) => [name, tap.layer]));
}

/**
 * The taps that are to be recorded.
 * @throws UserError for a name in `ignoreLayerNames` that no layer has, and where nothing is left
 */
export function chooseTaps(
  modules: readonly TrackedModule[],
  { layerFilter, ignoreLayerNames, includeConv }: ResolvedOptions,
): NamedTap[] {
  const all = modules.flatMap(({ taps }) => taps);
  const names = all.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UserError(`modules: two layers are named ${twice}; give them names of their own`);
  if (all.length === 0) throw new UserError(nothingFound(modules));
  const filtered: unknown = layerFilter(namedLayers(all));
  if (typeof filtered !== 'object' || filtered === null) {
    throw new UserError('layerFilter returns no layers; it has to return those to record, by name');
  }
  const kept = new Set(Object.keys(filtered));
  const ignored = ignoreLayerNames.map((pattern) => {
    // A name may hold what a glob takes for syntax: the name itself always matches.
    const glob = picomatch(pattern, { dot: true });
    const matches = (name: string) => name === pattern || glob(name);
    if (!names.some(matches)) throw new UserError(`ignoreLayerNames: ${nearest(pattern, names, 'layer')}`);
    return matches;
  });
  const chosen = all.filter(
    ({ name, tap }) =>
      kept.has(name) &&
      !ignored.some((matches) => matches(name)) &&
      (includeConv || tap.view.family !== 'convolution'),
  );
  if (chosen.length > 0) return chosen;
  throw new UserError(
    `none of the ${all.length} layers is left to record; check layerFilter, ignoreLayerNames and includeConv`,
  );
}

function nothingFound(modules: readonly TrackedModule[]): string {
  const skipped = modules.flatMap((module) => module.skipped);
  const found = 'modules: there is no convolutional, dense or recurrent layer';
  if (skipped.length === 0) return found;
  return `${found} that can be recorded; skipped: ${skipped.map(({ name, reason }) => `${name} (${reason})`).join(', ')}`;
}
