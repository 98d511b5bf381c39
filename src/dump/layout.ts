import { createHash } from 'node:crypto';

/** A layer's name longer than this many bytes (escaped) is shortened: file systems hold 255 bytes a name. */
const LONGEST_LAYER = 200;
/** What no file system, or not every one, holds in a name; '%' itself, so that names can be told apart. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const UNSAFE = /[\u0000-\u001f\u007f<>:"/\\|?*%]|[. ]$/g;

export const EPOCH_COUNTER = 'epoch_counter.pkl';
export const RUN = 'run.json';

/** Folder of a layer's quantity in a dump, and start of its files' names: `_eval-saturation_conv1`. */
export function quantityName(mode: 'train' | 'eval', quantity: string, layer: string): string {
  return `_${mode}-${quantity}_${layerInPath(layer)}`;
}

/** Name of a quantity's file: `_eval-saturation_conv1_epoch0.npy`. */
export function epochFile(quantity: string, epoch: number, ending: 'npy' | 'npz'): string {
  return `${quantity}_epoch${epoch}.${ending}`;
}

/** The epoch of a file in the folder of a quantity; undefined for a file that the format does not know. */
export function epochOfFile(quantity: string, file: string): number | undefined {
  if (!file.startsWith(`${quantity}_epoch`)) return undefined;
  const [, digits] = /^_epoch(\d{1,9})\.np[yz]$/.exec(file.slice(quantity.length)) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether a folder's name is one that a dump gives to a quantity. */
export function isQuantityName(folder: string): boolean {
  return /^_(train|eval)-[a-z-]+_/.test(folder) || /^average-(train|eval)-sat$/.test(folder);
}

/**
 * A layer's name as part of a file's name. Characters that some file system cannot hold are written as `%` and their
 * code in hexadecimal, as in a URL (`a/b` is `a%2Fb`), everywhere alike, so that a dump can be moved. A name of more than 200 bytes
 * is cut, and told apart by the start of its SHA-256; the dump's spectrum file and run.json hold the whole name.
 */
export function layerInPath(layer: string): string {
  const escaped = layer.replace(
    UNSAFE,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  if (Buffer.byteLength(escaped) <= LONGEST_LAYER) return escaped;
  const hash = createHash('sha256').update(layer).digest('hex').slice(0, 10);
  let kept = '';
  for (const character of escaped) {
    if (Buffer.byteLength(kept + character) > LONGEST_LAYER - hash.length - 1) break;
    kept += character;
  }
  return `${kept}~${hash}`;
}
