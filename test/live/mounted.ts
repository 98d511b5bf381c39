import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { Chalk } from 'chalk';
import { cleanup, render } from 'ink-testing-library';
import { createElement } from 'react';
import { Live } from '../../src/ui/live/live.js';
import { commandOf, reduce } from '../../src/ui/live/reduce.js';
import { type LiveCommand, type LiveEvent, openingState } from '../../src/ui/live/state.js';
import type { Press } from '../../src/ui/screen/keys.js';

export const KEYS = {
  down: '\x1b[B',
  'page-down': '\x1b[6~',
  end: '\x1b[F',
  home: '\x1b[H',
  'ctrl-c': '\x03',
};

export { cleanup };

/** The screen, its frames as text. */
export interface Mounted {
  tell(event: LiveEvent): void;
  /** Sends what a terminal sends. */
  send(...chunks: string[]): Promise<void>;
  lines(): string[];
  /** What keys asked for so far. */
  commands: LiveCommand[];
}

export async function mounted(columns = 80, rows = 24, colour = false): Promise<Mounted> {
  const paint = new Chalk({ level: colour ? 1 : 0 });
  let state = openingState({ columns, rows }, 0);
  const commands: LiveCommand[] = [];
  const onPress = (press: Press) => {
    const command = commandOf(state, press);
    if (command) commands.push(command);
    tell({ type: 'press', press });
  };
  const element = () => createElement(Live, { state, paint, onPress });
  const { stdin, lastFrame, rerender } = render(element());
  const tell = (event: LiveEvent) => {
    state = reduce(state, event);
    rerender(element());
  };
  while (stdin.listenerCount('readable') === 0) await wait(1);
  return {
    tell,
    async send(...chunks) {
      for (const chunk of chunks) {
        stdin.write(chunk);
        for (let i = 0; i < 10; i++) await turn();
      }
    },
    lines: () => (lastFrame() ?? '').split('\n'),
    commands,
  };
}
