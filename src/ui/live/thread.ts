import { ReadStream, WriteStream } from 'node:tty';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Chalk, type ChalkInstance } from 'chalk';
import { createElement, type ReactNode, useLayoutEffect, useSyncExternalStore } from 'react';
import type { Press } from '../screen/keys.js';
import { onWholeScreen } from '../screen/screen.js';
import type { ScreenSize } from '../screen/size.js';
import { Live } from './live.js';
import { type FromScreen, type LiveThreadData, now, type ToScreen } from './protocol.js';
import { commandOf } from './reduce.js';
import { openingState } from './state.js';
import { LiveStore } from './store.js';

const TICK_MS = 1000;
const SIZE_MS = 250;

/** The thread of the screen: the network keeps the main one busy for whole batches, in which keys want an answer. */
async function main({ colours }: LiveThreadData, port: MessagePort): Promise<void> {
  const stdout = new WriteStream(2);
  const screen = { stdin: new ReadStream(0), stdout };
  const tell = (message: FromScreen) => port.postMessage(message);
  const paint = new Chalk({ level: colours });
  const store = new LiveStore(openingState({ columns: stdout.columns, rows: stdout.rows }, now()));
  const press = (pressed: Press) => {
    const command = commandOf(store.state, pressed);
    store.dispatch({ type: 'press', press: pressed });
    if (command) tell({ command });
  };
  const tick = () => store.dispatch({ type: 'tick', now: now(), memory: process.memoryUsage.rss() });
  const timers = [setInterval(tick, TICK_MS), setInterval(() => refreshSize(stdout), SIZE_MS)];
  const noSignals = { on() {}, off() {} };
  let leave = () => {};
  port.on('message', (message: ToScreen) => {
    if (message.type === 'end') leave();
    else store.dispatch(message);
  });
  await onWholeScreen<undefined>(noSignals, screen, (size, end) => {
    leave = () => end(undefined);
    return createElement(Shown, { store, size, paint, onPress: press });
  });
  for (const timer of timers) clearInterval(timer);
  store.close();
  tell({ left: true });
}

interface ShownProps {
  store: LiveStore;
  size: ScreenSize;
  paint: ChalkInstance;
  onPress(press: Press): void;
}

function Shown({ store, size, paint, onPress }: ShownProps): ReactNode {
  const state = useSyncExternalStore(store.subscribe, store.shown);
  useLayoutEffect(() => store.dispatch({ type: 'resize', size }), [store, size]);
  return createElement(Live, { state, paint, onPress });
}

/** Only the main thread hears of a new size, when it has time: this asks for it. */
function refreshSize(stdout: WriteStream): void {
  const refresh: unknown = Reflect.get(stdout, '_refreshSize');
  if (typeof refresh === 'function') refresh.call(stdout);
}

if (parentPort) await main(workerData, parentPort);
