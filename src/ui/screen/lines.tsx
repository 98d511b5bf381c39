import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import stringWidth from 'string-width';
import { pad, shorten } from '../fit.js';

/** Lines of text, each cut at the width of the screen. */
export function Lines({ lines }: { lines: readonly string[] }): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is nothing but its place on the screen
        <Text key={i} wrap="truncate">
          {line === '' ? ' ' : line}
        </Text>
      ))}
    </Box>
  );
}

/** Text at the left and the right end of a line; the left one is shortened, the right one goes where there is no room. */
export function leftAndRight(left: string, right: string, width: number): [left: string, right: string] {
  const room = width - stringWidth(right) - 2;
  if (right === '' || room < Math.min(8, stringWidth(left))) return [shorten(left, width), ''];
  return [pad(shorten(left, room), width - stringWidth(right), 'left'), right];
}
