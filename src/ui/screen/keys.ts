import type { Key } from 'ink';

/** A key, told apart as far as the screen uses it. */
export type KeyName =
  | 'left'
  | 'right'
  | 'coarse-left'
  | 'coarse-right'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'home'
  | 'end'
  | 'tab'
  | 'shift-tab'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'clear-line'
  | 'interrupt';

/** A key that was pressed, or a character that was typed. */
export type Press = { key: KeyName } | { character: string };

/** What Ink reports of one chunk of input: characters typed (or pasted) quickly come together. */
export function pressesOf(input: string, key: Key): Press[] {
  const name = keyName(input, key);
  if (name) return [{ key: name }];
  if (key.ctrl || key.meta) return [];
  // A line that is pasted, or Enter that came with the characters before it.
  return [...input].flatMap((character): Press[] => {
    if (character === '\r' || character === '\n') return [{ key: 'enter' }];
    if (character === '\t') return [{ key: 'tab' }];
    if (character === '\x7f' || character === '\b') return [{ key: 'backspace' }];
    if (character === '\x03') return [{ key: 'interrupt' }];
    return /\p{Cc}/u.test(character) ? [] : [{ character }];
  });
}

function keyName(input: string, key: Key): KeyName | undefined {
  if (key.ctrl && input === 'c') return 'interrupt';
  if (key.ctrl && input === 'u') return 'clear-line';
  if (key.leftArrow) return key.shift ? 'coarse-left' : 'left';
  if (key.rightArrow) return key.shift ? 'coarse-right' : 'right';
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.pageUp) return 'page-up';
  if (key.pageDown) return 'page-down';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.tab) return key.shift ? 'shift-tab' : 'tab';
  if (key.return) return 'enter';
  if (key.escape) return 'escape';
  // Terminals send 0x7f for backspace, which Ink takes for delete.
  if (key.backspace || key.delete) return 'backspace';
  return undefined;
}
