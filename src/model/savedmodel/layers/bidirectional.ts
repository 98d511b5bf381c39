import type { GraphNode } from '../../graph.js';
import type { Dataflow, Source } from './dataflow.js';
import type { RecurrentLayer } from './recurrent-layers.js';
import { isIn } from './scopes.js';

/** A layer that runs over its steps in both directions. */
export interface Bidirectional {
  forward: RecurrentLayer;
  backward: RecurrentLayer;
  /** The value in which both directions are merged, and the node that makes it; undefined where each is handed on by itself. */
  merged: { value: string; node: GraphNode } | undefined;
}

/**
 * Pairs what Keras's Bidirectional is made of: a layer `forward_...` and the other one within the same, `backward_...` unless the author
 * named it. The backward direction's steps, where all are handed on, are those that Bidirectional turned to the order of time.
 */
export function pairDirections(layers: readonly RecurrentLayer[], flow: Dataflow): Bidirectional[] {
  const parentOf = ({ path }: RecurrentLayer) => path.parts.slice(0, -1).join('/');
  const isForward = ({ path }: RecurrentLayer) =>
    path.parts.length > 1 && path.parts.at(-1)!.startsWith('forward_');
  const backwards = new Set(layers.filter((layer) => !isForward(layer)));
  return layers.flatMap((forward) => {
    if (!isForward(forward)) return [];
    const backward = [...backwards].find((each) => parentOf(each) === parentOf(forward));
    if (!backward) return [];
    // The same Bidirectional may be used again.
    backwards.delete(backward);
    const scope = forward.scope.slice(0, -1);
    const turned = { ...backward, series: backward.series && inOrderOfTime(backward.series, scope, flow) };
    return [{ forward, backward: turned, merged: mergedValue(forward, turned, scope, flow) }];
  });
}

function inOrderOfTime(
  series: NonNullable<RecurrentLayer['series']>,
  scope: readonly string[],
  flow: Dataflow,
): NonNullable<RecurrentLayer['series']> {
  const reverse = flow
    .readersOf(series.value)
    .find((node) => /^Reverse(V2)?$/.test(node.op) && isIn(node, scope));
  return reverse ? { ...series, value: reverse.outputs[0]! } : series;
}

/** The last value in Bidirectional's own scope that depends on both directions. */
function mergedValue(
  { series: forward }: RecurrentLayer,
  { series: backward }: RecurrentLayer,
  scope: readonly string[],
  flow: Dataflow,
): Bidirectional['merged'] {
  if (!forward || !backward) return undefined;
  const behind = (value: string) => {
    const found = new Set([value]);
    for (const each of found) {
      for (const node of flow.readersOf(each)) if (isIn(node, scope)) found.add(node.outputs[0]!);
    }
    return found;
  };
  const others = behind(backward.value);
  const both = [...behind(forward.value)].filter((value) => others.has(value));
  const last = both.find(
    (value) => flow.isOutput(value) || !flow.readersOf(value).every((node) => isIn(node, scope)),
  );
  return last === undefined ? undefined : { value: last, node: flow.maker(last)! };
}

/** The variables of both directions as those of one layer. */
export function bothKernels({ forward, backward }: Bidirectional): Source {
  const [a, b] = [forward.kernel, backward.kernel];
  return { ...a, values: [...a.values, ...b.values], elements: a.elements + b.elements };
}
