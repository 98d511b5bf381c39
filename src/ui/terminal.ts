import { Chalk, type ChalkInstance, supportsColor } from 'chalk';
import type { Output } from '../host.js';

/** What may be written to a stream: colours, bars, how wide. */
export interface Terminal {
  /** Colours, or none. */
  paint: ChalkInstance;
  isTerminal: boolean;
  /** Columns; Infinity where the output is no terminal. */
  width: number;
}

/** `NO_COLOR` and `FORCE_COLOR` go before what the stream is (https://no-color.org). */
export function terminal(stream: Output, env: Record<string, string | undefined>): Terminal {
  const isTerminal = stream.isTTY === true;
  return {
    paint: new Chalk({ level: colourLevel(isTerminal, env) }),
    isTerminal,
    width: isTerminal ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY,
  };
}

function colourLevel(isTerminal: boolean, env: Record<string, string | undefined>): 0 | 1 | 2 | 3 {
  if (env.NO_COLOR) return 0;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false') return 1;
  if (!isTerminal || env.TERM === 'dumb') return 0;
  return supportsColor ? supportsColor.level : 1;
}
