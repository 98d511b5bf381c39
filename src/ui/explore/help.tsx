import type { ChalkInstance } from 'chalk';
import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { STATISTICS } from '../../core/statistics.js';
import type { ScreenSize } from '../screen/size.js';
import { SHOWN_STATISTICS } from './measures.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['← →', 'threshold, in fine steps; with Shift in coarse ones (h l, H L)'],
  ['↑ ↓', 'layer; PgUp PgDn Home End (j k, g G)'],
  ['Tab', 'statistic; Shift-Tab back'],
  ['[ ]', 'epoch before, epoch after'],
  ['m', 'train or eval, where both were recorded'],
  ['s', 'sort: as executed, falling, rising, by name'],
  ['/', 'list layers by a glob or a part of the name; Esc: all'],
  ['q', 'quit'],
];

/** What keys do and what statistics mean. */
export function Help({ size, paint }: { size: ScreenSize; paint: ChalkInstance }): ReactNode {
  const lines = [
    paint.dim('any key goes back'),
    '',
    ...KEYS.map(([key, does]) => `${paint.bold(key.padEnd(6))}${does}`),
    '',
    ...SHOWN_STATISTICS.map((name) => `${paint.bold(name.padEnd(8))}${STATISTICS[name].description}`),
  ];
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows} overflow="hidden">
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is nothing but its place on the screen
        <Box key={i} flexShrink={0} minHeight={1}>
          <Text>{line}</Text>
        </Box>
      ))}
    </Box>
  );
}
