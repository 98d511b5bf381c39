import type { GraphNode } from '../graph.js';

/** A variable's own ending, which is no part of the layer's path: `.weight`, `.in_proj_weight` keeps `in_proj`. */
const ENDING = /[._/](weight|bias|kernel|weight_(ih|hh)_l\d+(_reverse)?|recurrent_kernel|W|B|R)(:\d+)?$/;

/** What quantisers put behind a weight's name. */
const QUANTISED = /_(quantized|zero_point|scale)$/;

/** Names that exporters make up for weights that they folded: they tell nothing about the layer. */
const MADE_UP = /^(onnx::|val_|_?const|t_?\d|\d+$)/i;

/** Path of the module that a weight belongs to, from the weight's name; undefined where the name tells none. */
function pathOfVariable(variable: string): string[] | undefined {
  const own = variable.replace(QUANTISED, '');
  if (MADE_UP.test(own) || !ENDING.test(own)) return undefined;
  const path = own
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
 * @param shared those of the weights that other layers read as well: these tell nothing but a twin's name
 */
export function layerPath(
  node: GraphNode,
  variables: readonly string[],
  shared: readonly string[] = [],
): string[] | undefined {
  const { scope } = node;
  for (const variable of variables) {
    const path = pathOfVariable(variable);
    if (!path) continue;
    const twin = path.length >= scope.length && scope.every((part, i) => sameButNumbers(part, path[i]!));
    if (!twin && scope.length > 0 && shared.includes(variable)) continue;
    return twin ? [...scope, ...path.slice(scope.length)] : path;
  }
  return scope.length > 0 ? scope : undefined;
}

function sameButNumbers(a: string, b: string): boolean {
  return a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#');
}
