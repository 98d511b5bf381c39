import type { ReadStream, WriteStream } from 'node:tty';
import { render } from 'ink';
import type { ReactNode } from 'react';
import type { Host } from '../../host.js';
import { Frames } from './frames.js';
import { LEAVE_SCREEN } from './leave.js';
import type { ScreenSize } from './size.js';

/** The alternate screen (what stood there before comes back), no cursor, no wrapping of long lines. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';

/** A terminal to read keys from and to draw on. */
export interface Screen {
  stdin: ReadStream;
  stdout: WriteStream;
}

/**
 * Shows `content` on the whole terminal until it calls `leave`, or a signal asks to end. The terminal is left as it was found,
 * whatever happens: also when the process ends without coming back here.
 * @returns what `leave` was given; undefined after a signal
 */
export async function onWholeScreen<Result>(
  host: Pick<Host, 'on' | 'off'>,
  { stdin, stdout }: Screen,
  content: (size: ScreenSize, leave: (result: Result) => void, fail: (error: unknown) => void) => ReactNode,
): Promise<Result | undefined> {
  const frames = new Frames((text) => stdout.write(text));
  const size = (): ScreenSize => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const restore = () => stdout.write(LEAVE_SCREEN);
  host.on('exit', restore);
  let stop = () => {};
  try {
    return await new Promise<Result | undefined>((resolve, reject) => {
      const end = () => resolve(undefined);
      stdout.write(ENTER);
      const element = () => content(size(), resolve, reject);
      // Debugging is what Ink calls writing every frame whole, without commands to the terminal: Frames knows better what to write.
      const instance = render(element(), {
        stdin,
        stdout: drawingOn(stdout, frames),
        debug: true,
        exitOnCtrlC: false,
        patchConsole: false,
      });
      const resize = () => {
        frames.forget();
        instance.rerender(element());
      };
      stdout.on('resize', resize);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) host.on(signal, end);
      stop = () => {
        frames.close();
        stdout.off('resize', resize);
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) host.off(signal, end);
        instance.unmount();
      };
      instance.waitUntilExit().then(end, reject);
    });
  } finally {
    stop();
    host.off('exit', restore);
    restore();
  }
}

/** The terminal for Ink: what it writes is frames, of several at once the last one counts. */
function drawingOn(stdout: WriteStream, frames: Frames): WriteStream {
  let waiting: NodeJS.Immediate | undefined;
  const write = (frame: string, ...rest: unknown[]) => {
    const done = rest.at(-1);
    if (typeof done === 'function') setImmediate(() => done());
    if (frame === '') return true;
    clearImmediate(waiting);
    waiting = setImmediate(() => frames.draw(frame));
    return true;
  };
  return new Proxy(stdout, {
    get(target, property, receiver) {
      if (property === 'write') return write;
      // Ink's own commands are for terminals.
      if (property === 'isTTY') return false;
      return Reflect.get(target, property, receiver);
    },
  });
}
