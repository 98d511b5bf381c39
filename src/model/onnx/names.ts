import type { GraphNode } from '../graph.js';

/** A variable's own ending, which is no part of the layer's path: `.weight`, `.in_proj_weight` keeps `in_proj`. */
const ENDING = /[._/](weight|bias|kernel|weight_(ih|hh)_l\d+(_reverse)?|recurrent_kernel|W|B|R)(:\d+)?$/;

/** Names that exporters make up for weights that they folded: they tell nothing about the layer. */
const MADE_UP = /^(onnx::|val_|_?const|t_?\d|\d+$)/i;

/** Path of the module that a weight belongs to, from the weight's name; undefined where the name tells none. */
function pathOfVariable(variable: string): string[] | undefined {
  if (MADE_UP.test(variable) || !ENDING.test(variable)) return undefined;
  const path = variable
    .replace(ENDING, '')
    .split(/[./]/)
    .filter((part) => part !== '' && !/^(Stateful)?PartitionedCall/.test(part));
  return path.length > 0 ? path : undefined;
}

/**
 * The author's path of a layer: from the names of its weights where they tell it, else from the node's scope.
 *
 * Both are needed. Exporters share weights of equal values between layers, so that a layer may carry the name of its
 * twin: where the paths differ in numbers alone, the scope tells which twin it is and the weight the rest
 * (scope `layers.1.self_attn` and weight `layers.0.self_attn.out_proj` give `layers.1.self_attn.out_proj`).
 */
export function layerPath(node: GraphNode, variables: readonly string[]): string[] | undefined {
  const { scope } = node;
  for (const variable of variables) {
    const path = pathOfVariable(variable);
    if (!path) continue;
    const twin = path.length >= scope.length && scope.every((part, i) => sameButNumbers(part, path[i]!));
    return twin ? [...scope, ...path.slice(scope.length)] : path;
  }
  return scope.length > 0 ? scope : undefined;
}

function sameButNumbers(a: string, b: string): boolean {
  return a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#');
}
