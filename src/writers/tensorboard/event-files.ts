import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pid } from 'node:process';
import { fromBinary } from '@bufbuild/protobuf';
import { recoverFolder, StagedFiles } from '../../dump/staged-files.js';
import { checkWritableFolder, writing } from '../../dump/writable.js';
import { writeWhole } from '../../dump/write-whole.js';
import { UserError } from '../../errors.js';
import { type Event, EventSchema } from '../../model/proto/tensorboard_pb.js';
import { eventBytes, startEvent, versionEvent } from './events.js';
import { DamagedRecord, frameRecord, parseRecords } from './records.js';

const OWN_NAME = /^events\.out\.tfevents\.(\d{10,12})\.\d+\.delve$/;

/** The event files of a run in its folder. Those of other programs are left alone. */
export class EventFiles {
  /** Own files of earlier runs that hold what this run replaces, with what stays of each. */
  #replaced = new Map<string, Event[]>();
  #file: { path: string; bytes: number } | undefined;

  constructor(
    private readonly folder: string,
    private readonly initialEpoch: number,
  ) {}

  /**
   * Checks that the folder can be written, and reads what is to be continued; touches nothing.
   * Returns the epochs that were found there, undefined if none were looked for.
   * @throws UserError if it cannot be written, or if an own file is damaged
   */
  open(): number[] | undefined {
    checkWritableFolder(this.folder);
    if (this.initialEpoch === 0) return undefined;
    recoverFolder(this.folder);
    const found = new Set<number>();
    for (const name of this.#names(true)) {
      const events = readEvents(join(this.folder, name));
      const recorded = events.filter(({ what }) => what.case === 'summary').map(({ step }) => Number(step));
      for (const epoch of recorded) found.add(epoch);
      if (!recorded.some((epoch) => epoch >= this.initialEpoch)) continue;
      const kept = events.filter(({ step }) => step < this.initialEpoch);
      this.#replaced.set(name, kept.some(({ what }) => what.case === 'summary') ? kept : []);
    }
    return [...found];
  }

  /** Adds events to this run's file, all of them or none. @throws UserError if it cannot be written. */
  append(events: readonly Event[]): void {
    if (this.#file) this.#file.bytes = extend(this.#file.path, this.#file.bytes, framed(events));
    else this.#file = this.#begin(events);
  }

  /** Makes this run's file in the same step in which those that it replaces go. */
  #begin(events: readonly Event[]): { path: string; bytes: number } {
    const staged = new StagedFiles(this.folder);
    try {
      if (this.initialEpoch === 0) for (const name of this.#names(true)) this.#replaced.set(name, []);
      const name = this.#newName();
      // At a restart a running TensorBoard forgets what it has seen of the folder: other programs' events, too.
      const restarts = this.#names(false).length === 0;
      const bytes = framed([versionEvent(), ...(restarts ? [startEvent(this.initialEpoch)] : []), ...events]);
      const obsolete: string[] = [];
      for (const [replaced, kept] of this.#replaced) {
        if (kept.length > 0) staged.add(replaced, framed(kept));
        else obsolete.push(replaced);
      }
      staged.add(name, bytes);
      staged.commit(obsolete);
      return { path: join(this.folder, name), bytes: bytes.length };
    } finally {
      staged.discard();
    }
  }

  /** Readers take the files in the order of their names. */
  #newName(): string {
    const last = Math.max(0, ...this.#names(true).map((name) => Number(OWN_NAME.exec(name)?.[1])));
    return `events.out.tfevents.${Math.max(Math.floor(Date.now() / 1000), last + 1)}.${pid}.delve`;
  }

  /** Event files in the folder: our own, or those of other programs. */
  #names(own: boolean): string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .filter((name) => name.includes('tfevents') && OWN_NAME.test(name) === own)
      .sort();
  }
}

function framed(events: readonly Event[]): Uint8Array {
  return Buffer.concat(events.map((event) => frameRecord(eventBytes(event))));
}

/** Adds to the end of a file of `length` bytes, and returns the new length; what could not be written whole is taken back. */
function extend(path: string, length: number, bytes: Uint8Array): number {
  return writing(path, () => {
    const file = openSync(path, 'r+');
    try {
      if (fstatSync(file).size !== length) {
        throw new UserError(`${path} was changed by another program meanwhile; record to another --out`);
      }
      writeWhole(file, bytes, length);
      return length + bytes.length;
    } catch (error) {
      if (!(error instanceof UserError)) ftruncateSync(file, length);
      throw error;
    } finally {
      closeSync(file);
    }
  });
}

function readEvents(path: string): Event[] {
  const bytes = writing(path, () => readFileSync(path));
  try {
    return parseRecords(bytes).map(decode);
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    throw new UserError(
      `${path}: ${error.message}, so it cannot be continued; leave --initial-epoch away to replace it, or record to another --out`,
    );
  }
}

function decode(bytes: Uint8Array): Event {
  try {
    return fromBinary(EventSchema, bytes);
  } catch (error) {
    throw new DamagedRecord(
      `one of its records is no event (${error instanceof Error ? error.message : error})`,
    );
  }
}
