import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { EventSchema } from '../../src/model/proto/tensorboard_pb.js';
import { parseRecords } from '../../src/writers/tensorboard/records.js';

/** The summaries of an event file: their steps and the tags in each. */
export function parseEvents(path: string): { step: number; tags: string[] }[] {
  return parseRecords(readFileSync(path)).flatMap((bytes) => {
    const { step, what } = fromBinary(EventSchema, bytes);
    return what.case === 'summary'
      ? [{ step: Number(step), tags: what.value.value.map(({ tag }) => tag) }]
      : [];
  });
}
