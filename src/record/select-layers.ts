import picomatch from 'picomatch';
import { UserError } from '../errors.js';
import type { Layer, SkippedLayer } from '../model/layer.js';
import { nearest } from '../nearest.js';

export interface LayerSelection {
  /** Globs; none: all layers. */
  layers: readonly string[];
  ignoreLayers: readonly string[];
  conv: boolean;
}

/**
 * The layers to record, in execution order. Throws UserError for a pattern that matches no layer, naming the nearest ones,
 * and where nothing is left.
 */
export function selectLayers(
  model: { path: string; layers: readonly Layer[]; skipped: readonly SkippedLayer[] },
  selection: LayerSelection,
): Layer[] {
  const names = model.layers.map((layer) => layer.name);
  if (names.length === 0) throw new UserError(noLayers(model));
  const wanted = matcher(model.path, '--layers', selection.layers, names);
  const ignored = matcher(model.path, '--ignore-layers', selection.ignoreLayers, names);
  const left = model.layers.filter(
    (layer) =>
      (selection.layers.length === 0 || wanted(layer.name)) &&
      !ignored(layer.name) &&
      (selection.conv || layer.family !== 'convolution'),
  );
  if (left.length === 0) {
    throw new UserError(
      `${model.path}: none of its ${names.length} layers is left to record; see delve layers ${model.path}, and check --layers, --ignore-layers and --no-conv`,
    );
  }
  return left;
}

function noLayers({ path, skipped }: { path: string; skipped: readonly SkippedLayer[] }): string {
  const found = `${path}: no convolutional, dense or recurrent layer found`;
  if (skipped.length === 0) return `${found}; delve records the outputs of such layers`;
  return `${found} that can be recorded; skipped: ${skipped.map((layer) => `${layer.name} (${layer.reason})`).join(', ')}`;
}

function matcher(path: string, option: string, patterns: readonly string[], names: readonly string[]) {
  const tests = patterns.map((pattern) => {
    // A name may hold what a glob takes for syntax (`attention#2`, `block(1)`): the name itself always matches.
    const glob = picomatch(pattern, { dot: true });
    const test = (name: string) => name === pattern || glob(name);
    if (!names.some(test))
      throw new UserError(`${option} ${pattern}: in ${path} ${nearest(pattern, names, 'layer')}`);
    return test;
  });
  return (name: string) => tests.some((test) => test(name));
}
