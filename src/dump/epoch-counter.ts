import { UserError } from '../errors.js';
import { MalformedPickle, parsePickledCounts } from './unpickle.js';

/** Last epoch by quantity (`_eval-saturation_conv1`): what `epoch_counter.pkl` holds. */
export type EpochCounter = Map<string, number>;

/** The counter as a pickle of protocol 2, which every Python reads: a dict of str to int. */
export function encodeEpochCounter(counter: EpochCounter): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from([0x80, 2]), Buffer.from('}(')];
  for (const [name, epoch] of counter) {
    const text = Buffer.from(name, 'utf8');
    const item = Buffer.alloc(5 + text.length + 5);
    item.write('X');
    item.writeUInt32LE(text.length, 1);
    item.set(text, 5);
    item.write('J', 5 + text.length);
    item.writeInt32LE(epoch, 6 + text.length);
    parts.push(item);
  }
  parts.push(Buffer.from('u.'));
  return Buffer.concat(parts);
}

/**
 * Reads a pickled dict of names to whole numbers, of any pickle protocol, without running what a pickle may say.
 * @throws UserError, naming `where`, for anything else.
 */
export function decodeEpochCounter(bytes: Uint8Array, where: string): EpochCounter {
  try {
    return parsePickledCounts(bytes);
  } catch (error) {
    if (!(error instanceof MalformedPickle)) throw error;
    throw new UserError(
      `${where}: ${error.message}, so it is no epoch counter that delve wrote; record to another --out, or leave --initial-epoch away to replace the dump`,
    );
  }
}
