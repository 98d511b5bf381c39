import type { ChalkInstance } from 'chalk';
import { Box, Spacer, useInput } from 'ink';
import type { ReactNode } from 'react';
import { type Press, pressesOf } from '../screen/keys.js';
import { Footer } from './footer.js';
import { Header } from './header.js';
import { LayerBars } from './layer-bars.js';
import { layoutOf } from './layout.js';
import type { LiveState } from './state.js';

export interface LiveProps {
  state: LiveState;
  paint: ChalkInstance;
  onPress(press: Press): void;
}

/** The screen of a recording: how far it is, and the layers' saturations as bars. */
export function Live({ state, paint, onPress }: LiveProps): ReactNode {
  useInput((input, key) => {
    for (const press of pressesOf(input, key)) onPress(press);
  });
  const { header } = layoutOf(state.size);
  return (
    <Box flexDirection="column" width={state.size.columns} height={state.size.rows} overflow="hidden">
      {header && <Header state={state} paint={paint} />}
      <LayerBars state={state} paint={paint} />
      <Spacer />
      <Footer state={state} paint={paint} />
    </Box>
  );
}
