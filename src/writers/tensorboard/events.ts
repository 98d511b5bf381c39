import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type Event,
  EventSchema,
  SessionLog_SessionStatus,
  type Summary_ValueSchema,
} from '../../model/proto/tensorboard_pb.js';
import { DataType } from '../../model/proto/tensorflow_pb.js';
import { quantitiesOf } from '../quantities.js';
import type { EpochRecord, RunDescription } from '../writer.js';
import { spectrumHistogram } from './histogram.js';

type Value = MessageInitShape<typeof Summary_ValueSchema>;

/** Joins `eval-saturation` and the layer to a tag. TensorBoard makes a section of what stands before a `/`. */
export type Joint = '_' | '/';

export function eventBytes(event: Event): Uint8Array {
  return toBinary(EventSchema, event);
}

/** What an event file begins with. */
export function versionEvent(): Event {
  return create(EventSchema, {
    wallTime: now(),
    what: { case: 'fileVersion', value: 'brain.Event:2' },
    sourceMetadata: { writer: 'delve' },
  });
}

/**
 * A run begins. Readers that have seen another one before take it for a restart: what they have seen from `epoch` on is replaced.
 */
export function startEvent(epoch: number): Event {
  return create(EventSchema, {
    wallTime: now(),
    step: BigInt(epoch),
    what: { case: 'sessionLog', value: { status: SessionLog_SessionStatus.START } },
  });
}

/** All of an epoch in one event, so that it is read whole or not at all. */
export function epochEvent(epoch: EpochRecord, joint: Joint): Event {
  const values: Value[] = [
    ...quantitiesOf(epoch).flatMap(({ record, longName, value }) =>
      value === undefined ? [] : [scalar(`${record.mode}-${longName}${joint}${record.layer}`, value)],
    ),
    ...[...epoch.scalars].map(([name, value]) => scalar(name, value)),
    ...epoch.layers.flatMap(({ mode, layer, spectrum }) => {
      const histo = spectrumHistogram(spectrum.values);
      return histo ? [histogram(`${mode}-spectrum-log10${joint}${layer}`, histo)] : [];
    }),
  ];
  return summaryEvent(epoch.epoch, values);
}

/** What made the run, as a text. */
export function runEvent(epoch: number, { layers: _layers, ...run }: RunDescription): Event {
  const text = `\`\`\`json\n${JSON.stringify(run, null, 1)}\n\`\`\``;
  return summaryEvent(epoch, [
    {
      tag: 'delve',
      metadata: plugin('text'),
      value: {
        case: 'tensor',
        value: { dtype: DataType.DT_STRING, tensorShape: {}, stringVal: [new TextEncoder().encode(text)] },
      },
    },
  ]);
}

function summaryEvent(epoch: number, values: Value[]): Event {
  return create(EventSchema, {
    wallTime: now(),
    step: BigInt(epoch),
    what: { case: 'summary', value: { value: values } },
  });
}

/** In float32, as TensorBoard has them. */
function scalar(tag: string, value: number): Value {
  return { tag, metadata: plugin('scalars'), value: { case: 'simpleValue', value: Math.fround(value) } };
}

function histogram(tag: string, value: NonNullable<ReturnType<typeof spectrumHistogram>>): Value {
  return {
    tag,
    metadata: plugin('histograms', 'log10 of the eigenvalues of the covariance'),
    value: { case: 'histo', value },
  };
}

function plugin(pluginName: string, summaryDescription = ''): NonNullable<Value['metadata']> {
  return { pluginData: { pluginName }, summaryDescription };
}

function now(): number {
  return Date.now() / 1000;
}
