import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as ort from 'onnxruntime-common';

/** Where operations run, as onnxruntime names it. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

/** Finds out which operations of a network run where, from what onnxruntime writes down of a run. */
export interface Placements {
  /** What the name of its file begins with. */
  prefix: string;
  /** After the first run: sentences for the user. Nothing is written down any more. */
  notes(session: ort.InferenceSession): Promise<string[]>;
}

export async function watchPlacements(): Promise<Placements> {
  const folder = await mkdtemp(join(tmpdir(), 'delve-'));
  return {
    prefix: join(folder, 'run'),
    async notes(session) {
      try {
        session.endProfiling();
        const [file] = await readdir(folder);
        if (file === undefined) return [];
        return placementNotes(placesOf(JSON.parse(await readFile(join(folder, file), 'utf8'))));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** A run of an operation: its name, what it is, and the provider that ran it. */
interface Place {
  node: string;
  op: string;
  provider: string;
}

function placesOf(events: unknown): Place[] {
  if (!Array.isArray(events)) return [];
  return events.flatMap((event: unknown) => {
    const args = property(event, 'args');
    const [node, op, provider] = [
      property(args, 'node_index'),
      property(args, 'op_name'),
      property(args, 'provider'),
    ];
    return typeof op === 'string' && typeof provider === 'string' && property(event, 'cat') === 'Node'
      ? [{ node: String(node), op, provider }]
      : [];
  });
}

function placementNotes(places: readonly Place[]): string[] {
  const nodes = new Map(places.map((place) => [place.node, place]));
  const onCpu = [...nodes.values()].filter(({ provider }) => provider === 'CPUExecutionProvider');
  if (onCpu.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { op } of onCpu) counts.set(op, (counts.get(op) ?? 0) + 1);
  const named = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([op, count]) => (count > 1 ? `${count} ${op}` : op));
  const which = `${named.slice(0, 6).join(', ')}${named.length > 6 ? `, and ${named.length - 6} other kinds` : ''}`;
  return [
    onCpu.length === nodes.size
      ? 'no operation ran on the GPU, which has no kernels for them: all ran on the CPU'
      : `${onCpu.length} of ${nodes.size} operations ran on the CPU, for want of kernels for the GPU: ${which}`,
  ];
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
