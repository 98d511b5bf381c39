/** What the file tells about where a kernel is used: the scopes of the call, and the kernel's own name. */
export interface Place {
  /** Name scopes, outermost first. */
  scope: readonly string[];
  /** The kernel variable's path, its own last part included. */
  variable: readonly string[];
}

/** Where a layer is: its name's parts with the outermost model's, and how many of its scopes are its own and its parents'. */
export interface Path {
  parts: string[];
  depth: number;
}

/** Scopes that operations open for themselves. */
const OPERATION_SCOPES =
  /^(Tensordot|einsum|Einsum|MatMul|matmul|Conv[12]D|convolution|depthwise|conv_transpose)$/;
const CELL = /(^|_)cells?(_\d+)?$/;

/**
 * How scopes and layers' names relate in this file. Keras 3 enters every layer's scope twice while it exports,
 * so that each scope is a layer's name and a number (`dense_1` is the layer `dense`); others name the scope as the layer.
 */
export function scopesAreNumbered(places: readonly Place[]): boolean {
  let numbered = 0;
  let plain = 0;
  for (const { scope, variable } of places) {
    const layer = layerOf(variable);
    if (layer === undefined) continue;
    if (scope.includes(layer)) plain++;
    else if (scope.some((part) => withoutNumber(part) === layer)) numbered++;
  }
  if (numbered + plain > 0) return numbered > plain;
  const own = places.map(({ scope }) => withoutOperations(scope)).filter((scope) => scope.length > 0);
  return own.length > 0 && own.every((scope) => scope.every(hasNumber));
}

/**
 * A layer's path: its nesting from the scopes of the call; where the layer ends and the operation's own
 * scopes begin from the kernel's name, if that tells. Where scopes are numbered only layers' are, so that they tell
 * more than the kernel's name, which is that of the whole model in subclassed ones.
 */
export function pathOf(place: Place, numbered: boolean): Path {
  const layer = layerOf(place.variable);
  const match = layer === undefined ? -1 : matchOf(place.scope, layer, numbered);
  const end = withoutCells(withoutOperations(place.scope)).length;
  const last = numbered ? place.scope.slice(0, end).findLastIndex(hasNumber) : end - 1;
  const depth = 1 + (numbered ? Math.max(match, last) : match >= 0 ? match : last);
  const own = place.scope.slice(0, depth);
  const parts = numbered ? own.filter(hasNumber).map(withoutNumber) : own;
  // TF1 counts the calls of a layer, the one that made its variables being the first.
  if (!numbered && match < 0 && parts.length > 0 && withoutNumber(parts.at(-1)!) === layer) {
    return { parts: [...parts.slice(0, -1), layer], depth };
  }
  if (parts.length > 0) return { parts, depth };
  const named = withoutCells(place.variable.slice(0, -1));
  return { parts: named.length > 0 ? named : [...place.variable], depth: 0 };
}

/**
 * The last scope that is the layer's; tf.nn's separable convolution opens one of its own, named as Keras names the
 * layer.
 */
function matchOf(scope: readonly string[], layer: string, numbered: boolean): number {
  const isLayer = (part: string) =>
    numbered ? hasNumber(part) && withoutNumber(part) === layer : part === layer;
  const last = scope.findLastIndex(isLayer);
  return layer === 'separable_conv2d' && last > 0 && isLayer(scope[last - 1]!) ? last - 1 : last;
}

/** Drops the outermost model's name, if all paths have one in common; a path that is nothing else keeps it. */
export function withoutModel(paths: readonly (readonly string[])[]): string[][] {
  const nested = paths.filter((path) => path.length > 1);
  const model = nested[0]?.[0];
  const common = paths.every((path) => path[0] === model);
  return paths.map((path) => (common && path.length > 1 ? path.slice(1) : [...path]));
}

/** The layer that a variable says it belongs to. */
function layerOf(variable: readonly string[]): string | undefined {
  return layerPathOf(variable).at(-1);
}

/** The path of the layer that a variable says it belongs to. */
export function layerPathOf(variable: readonly string[]): string[] {
  return withoutCells(variable.slice(0, -1));
}

/** Recurrent layers keep their variables in a cell of theirs. */
function withoutCells(parts: readonly string[]): string[] {
  let end = parts.length;
  while (end > 1 && CELL.test(parts[end - 1]!)) end--;
  return parts.slice(0, end);
}

function withoutOperations(scope: readonly string[]): readonly string[] {
  let end = scope.length;
  for (; end > 0; end--) {
    const part = scope[end - 1]!;
    // Keras calls layers as tf.nn calls this operation: inside one of the name it is the operation.
    const separable = part === 'separable_conv2d' && withoutNumber(scope[end - 2] ?? '') === part;
    if (!separable && !OPERATION_SCOPES.test(withoutNumber(part))) break;
  }
  return scope.slice(0, end);
}

function hasNumber(part: string): boolean {
  return /_\d+$/.test(part);
}

function withoutNumber(part: string): string {
  return part.replace(/_\d+$/, '');
}
