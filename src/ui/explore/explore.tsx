import type { ChalkInstance } from 'chalk';
import { Box, Spacer, useInput } from 'ink';
import { type ReactNode, useEffect, useLayoutEffect, useReducer } from 'react';
import { UserError } from '../../errors.js';
import { pressesOf } from '../screen/keys.js';
import type { ScreenSize } from '../screen/size.js';
import { Footer } from './footer.js';
import { Header } from './header.js';
import { Help } from './help.js';
import { LayerList } from './layer-list.js';
import { layoutOf } from './layout.js';
import { reduce } from './reduce.js';
import { allRows, listedRows, pickedIndex } from './rows.js';
import { SpectrumPanel } from './spectrum-panel.js';
import { type ExploreLayer, type Leaving, type Opening, openingState } from './state.js';

/** Where the layers of epochs come from. */
export interface EpochSource {
  /** @throws UserError for an epoch that cannot be read */
  read(
    epoch: number,
    progress: (done: number, all: number) => void,
    signal: AbortSignal,
  ): Promise<readonly ExploreLayer[]>;
}

export interface ExploreProps {
  opening: Opening;
  size: ScreenSize;
  source: EpochSource;
  paint: ChalkInstance;
  onLeave(how: Leaving): void;
  /** What no user can put right. */
  onError(error: unknown): void;
}

/** The screen: layers as bars, the picked one's spectrum below them, everything by keys. */
export function Explore({ opening, size, source, paint, onLeave, onError }: ExploreProps): ReactNode {
  const [state, dispatch] = useReducer(reduce, opening, openingState);
  useInput((input, key) => {
    for (const press of pressesOf(input, key)) dispatch({ type: 'press', press });
  });
  // Before a frame of the old size is drawn.
  useLayoutEffect(() => dispatch({ type: 'resize', size }), [size]);
  useEffect(() => {
    if (state.leaving) onLeave(state.leaving);
  }, [state.leaving, onLeave]);
  const epoch = state.wanted;
  useEffect(() => {
    if (epoch === undefined) return;
    const reading = new AbortController();
    const progress = (done: number, all: number) => dispatch({ type: 'reading', epoch, done, all });
    source.read(epoch, progress, reading.signal).then(
      (layers) => dispatch({ type: 'read', epoch, layers }),
      (error: unknown) => {
        if (reading.signal.aborted) return;
        if (!(error instanceof UserError)) onError(error);
        else dispatch({ type: 'failed', epoch, message: error.message });
      },
    );
    return () => reading.abort();
  }, [epoch, source, onError]);

  if (state.help) return <Help size={state.size} paint={paint} />;
  const all = allRows(state);
  const rows = listedRows(state, all);
  const { header, list, panel } = layoutOf(state.size, all.length);
  return (
    <Box flexDirection="column" width={state.size.columns} height={state.size.rows} overflow="hidden">
      {header && <Header state={state} paint={paint} />}
      <LayerList state={state} all={all} rows={rows} height={list} paint={paint} />
      <SpectrumPanel
        state={state}
        layer={rows[pickedIndex(rows, state)]?.layer}
        height={panel}
        paint={paint}
      />
      <Spacer />
      <Footer state={state} paint={paint} />
    </Box>
  );
}
