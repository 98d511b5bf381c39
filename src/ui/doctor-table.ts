import type { GpuAbsence, GpuCheck } from '../doctor/check-gpu.js';
import { isWithin } from '../doctor/compare-engines.js';
import type { Diagnosis } from '../doctor/doctor.js';
import { formatCount } from './numbers.js';
import { type Column, renderTable } from './table.js';
import type { Terminal } from './terminal.js';

interface Row {
  engine: string;
  version: string;
  device: string;
  state: string;
  works: boolean;
}

/** Engines with their devices, what is wrong with them and what would bring them. */
export function doctorTable(diagnosis: Diagnosis, terminal: Terminal): string {
  const { paint } = terminal;
  const { delve, node, platform, gpus, engines } = diagnosis;
  const rows = engines.flatMap((engine): Row[] => {
    const { name, version = '', problem, command, devices } = engine;
    if (!engine.installed) {
      const state = `not usable (${problem}): ${command}`;
      return [{ engine: name, version, device: '', state, works: false }];
    }
    return devices.map(({ device, works, reason, command: bring }, i) => ({
      engine: i === 0 ? name : '',
      version: i === 0 ? version : '',
      device,
      state: works ? 'works' : `${reason}${bring === undefined ? '' : `: ${bring}`}`,
      works,
    }));
  });
  const columns: Column<Row>[] = [
    { title: 'engine', align: 'left', text: ({ engine }) => engine },
    { title: 'version', align: 'left', text: ({ version }) => version },
    { title: 'device', align: 'left', text: ({ device }) => device },
    {
      title: 'state',
      align: 'left',
      text: ({ state }) => state,
      paint: (text, { works }) => (works ? paint.green(text) : paint.yellow(text)),
    },
  ];
  const listed = gpus.map(({ name, driver, memory }) => `GPU: ${name}, ${memory}, driver ${driver}`);
  const folders = engines.flatMap(({ name, folder, isOwn }) =>
    folder === undefined ? [] : [`${name}: ${folder}${isOwn ? ' (set up by delve setup)' : ''}`],
  );
  return [
    `delve ${delve}, Node ${node}, ${platform}`,
    ...listed,
    '',
    // Reasons are sentences: they are not to be cut.
    renderTable(rows, columns, { ...terminal, width: Number.POSITIVE_INFINITY }).trimEnd(),
    '',
    ...folders.map((line) => paint.dim(line)),
    '',
  ].join('\n');
}

/** What was found on GPUs, engine by engine. */
export function gpuTable(
  { checks, absences }: { checks: readonly GpuCheck[]; absences: readonly GpuAbsence[] },
  terminal: Terminal,
): string {
  const { paint } = terminal;
  const columns: Column<GpuCheck>[] = [
    { title: 'engine', align: 'left', text: ({ engine, version }) => `${engine} ${version}` },
    { title: 'device', align: 'left', text: ({ device }) => device },
    {
      title: 'activations',
      align: 'right',
      text: ({ difference }) => difference.activations.toExponential(1),
    },
    {
      title: 'covariances',
      align: 'right',
      text: ({ difference }) => difference.covariances.toExponential(1),
    },
    {
      title: 'samples/s',
      align: 'right',
      text: ({ difference }) => formatCount(Math.round(difference.samplesPerSecond)),
    },
    {
      title: 'on the CPU',
      align: 'right',
      text: ({ cpuSamplesPerSecond }) => formatCount(Math.round(cpuSamplesPerSecond)),
    },
    {
      title: 'result',
      align: 'left',
      text: ({ difference }) => (isWithin(difference) ? 'agrees' : 'differs'),
      paint: (text, { difference }) => (isWithin(difference) ? paint.green(text) : paint.red(text)),
    },
  ];
  const notes = checks.flatMap(({ engine, difference }) =>
    difference.notes.map((note) => `${engine}: ${note}`),
  );
  return [
    ...(checks.length > 0
      ? [
          'Differences from the CPU, relative to the largest value, on a small network:',
          renderTable(checks, columns, terminal).trimEnd(),
        ]
      : ['No engine sees a GPU here: nothing was checked.']),
    ...notes,
    ...absences.map(({ engine, reason }) => paint.yellow(`${engine}: ${reason}`)),
    '',
  ].join('\n');
}
