import { IDIM_RULES, type IdimRule } from '../core/metrics.js';
import { readUpTo } from '../data/byte-source.js';
import type { DumpFiles } from '../dump/files.js';
import { RUN } from '../dump/layout.js';

/** What the statistics of a recording depend on, besides its covariances. */
export interface RecordedWith {
  threshold: number;
  rule: IdimRule;
}

/** What the covariances of a recording are of; undefined where `run.json` does not tell. */
export interface RecordedPoints {
  tap: string | undefined;
  convMethod: string | undefined;
  timeseriesMethod: string | undefined;
}

/** What `run.json` says; undefined for a dump that has none, such as the Python package's. */
export async function readRecordedWith(files: DumpFiles): Promise<RecordedWith | undefined> {
  return recordedWith(await readRun(files));
}

export async function readRecordedPoints(files: DumpFiles): Promise<RecordedPoints> {
  const options = property(await readRun(files), 'options');
  const points = property(options, 'points');
  return {
    tap: text(property(options, 'tap')),
    convMethod: text(property(points, 'convMethod')),
    timeseriesMethod: text(property(points, 'timeseriesMethod')),
  };
}

async function readRun(files: DumpFiles): Promise<unknown> {
  if (!files.paths.includes(RUN)) return undefined;
  const file = await files.open(RUN);
  try {
    return JSON.parse(Buffer.from(await readUpTo(file, 0, file.size)).toString('utf8'));
  } catch (error) {
    // It is there for people, and to edit: the dump does not depend on it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

function recordedWith(run: unknown): RecordedWith | undefined {
  const options = property(run, 'options');
  const thresholds = property(options, 'thresholds');
  const threshold: unknown = Array.isArray(thresholds) ? thresholds[0] : undefined;
  const rule = IDIM_RULES.find((name) => name === property(options, 'rule'));
  return typeof threshold === 'number' && rule !== undefined ? { threshold, rule } : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
