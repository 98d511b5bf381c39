import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { Chalk } from 'chalk';
import { cleanup, render } from 'ink-testing-library';
import { createElement } from 'react';
import { type EpochSource, Explore } from '../../src/ui/explore/explore.js';
import type { Leaving } from '../../src/ui/explore/state.js';
import type { ScreenSize } from '../../src/ui/screen/size.js';
import { opened, openingOf } from './fixtures.js';

export const KEYS = {
  left: '\x1b[D',
  right: '\x1b[C',
  'shift-right': '\x1b[1;2C',
  down: '\x1b[B',
  end: '\x1b[F',
  tab: '\t',
  'shift-tab': '\x1b[Z',
  enter: '\r',
  escape: '\x1b',
  'ctrl-c': '\x03',
};

/** The screen of a dump, its frames as text. */
export interface Mounted {
  /** Sends what a terminal sends. */
  send(...chunks: string[]): Promise<void>;
  lines(): string[];
  resize(size: ScreenSize): void;
  left(): Leaving | undefined;
}

export interface MountOptions {
  columns?: number;
  rows?: number;
  colour?: boolean;
  source?: EpochSource;
}

export { cleanup };

export async function mounted(run: string, options: MountOptions = {}): Promise<Mounted> {
  const { columns = 80, rows = 24, colour = false } = options;
  const opening = await openingOf(run, columns, rows);
  const source = options.source ?? (await opened(run)).source;
  let left: Leaving | undefined;
  const onLeave = (how: Leaving) => {
    left = how;
  };
  const onError = (error: unknown) => {
    throw error;
  };
  const paint = new Chalk({ level: colour ? 1 : 0 });
  const element = (size: ScreenSize) =>
    createElement(Explore, { opening, size, source, paint, onLeave, onError });
  const first = { columns, rows };
  const { stdin, lastFrame, rerender } = render(element(first));
  while (stdin.listenerCount('readable') === 0) await wait(1);
  return {
    async send(...chunks) {
      for (const chunk of chunks) {
        stdin.write(chunk);
        // A lone escape is one only when nothing follows.
        await wait(5);
        // On a busy machine time passes before the turns of the event loop that rendering takes.
        for (let i = 0; i < 10; i++) await turn();
      }
    },
    resize: (size) => rerender(element(size)),
    lines: () => (lastFrame() ?? '').split('\n'),
    left: () => left,
  };
}
