import { savefilePath } from '../savefile.js';
import type { WriterOptions, WriterSettings } from '../writer.js';

/** Options of every writer in a file or folder. */
export interface SavepathOptions {
  /** Whom notes go to (nothing there to continue, ...); `console.warn` unless given. */
  note?: (message: string) => void;
}

/** What a writer in a file or folder is made with. @throws UserError for a savepath that names no file */
export function writerOptions(
  savepath: string,
  { note = console.warn }: SavepathOptions,
  settings: WriterSettings = {},
): Omit<WriterOptions, 'initialEpoch'> {
  return { savefile: savefilePath(savepath, 'savepath'), settings, note, print: console.log };
}
