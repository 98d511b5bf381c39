import { Worker } from 'node:worker_threads';
import type { Host } from '../../host.js';
import { LEAVE_SCREEN } from '../screen/leave.js';
import { terminal } from '../terminal.js';
import type { FromScreen, LiveThreadData, ToScreen } from './protocol.js';
import type { LiveCommand, RecordingEvent } from './state.js';

/** A screen that is shown. */
export interface LiveScreen {
  tell(event: RecordingEvent): void;
  /** Resolves when the terminal is as it was before. */
  close(): Promise<void>;
}

/** A screen that does not answer is ended. */
const PATIENCE_MS = 2000;

/**
 * Shows the screen on stderr, which must be a terminal as stdin must, from a thread of its own.
 * @param onCommand what keys ask for
 * @param onFailure the screen is gone, which is no reason for a recording to end
 */
export function openLiveScreen(
  host: Host,
  onCommand: (command: LiveCommand) => void,
  onFailure: (error: Error) => void,
): LiveScreen {
  const data: LiveThreadData = { colours: terminal(host.stderr, host.env).paint.level };
  const worker = new Worker(new URL('./thread.js', import.meta.url), {
    name: 'screen',
    workerData: data,
    // React is slow elsewhere.
    env: { ...host.env, NODE_ENV: 'production' },
  });
  let isLeft = false;
  let isClosing = false;
  const restore = () => {
    if (!isLeft) host.stderr.write(LEAVE_SCREEN);
    isLeft = true;
  };
  // Also where the process ends without coming back here.
  host.on('exit', restore);
  const ended = new Promise<void>((resolve) => {
    worker.on('message', (message: FromScreen) => {
      if ('command' in message) onCommand(message.command);
      else {
        isLeft = true;
        resolve();
      }
    });
    worker.on('error', (error) => {
      restore();
      if (!isClosing) onFailure(error);
    });
    worker.on('exit', () => resolve());
  });
  const tell = (message: ToScreen) => worker.postMessage(message);
  return {
    tell,
    async close() {
      isClosing = true;
      tell({ type: 'end' });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS);
      });
      await Promise.race([ended, late]);
      clearTimeout(timer);
      await worker.terminate();
      restore();
      host.off('exit', restore);
    },
  };
}
