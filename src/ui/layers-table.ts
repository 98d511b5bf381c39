import type { LayerDescription, ModelDescription } from '../record/describe-model.js';
import { formatShape } from '../tensor.js';
import { formatBytes, formatCount } from './numbers.js';
import { type Column, renderTable } from './table.js';
import type { Terminal } from './terminal.js';

const COLUMNS: Column<LayerDescription>[] = [
  { title: 'layer', align: 'left', text: ({ name }) => name },
  { title: 'kind', align: 'left', text: ({ kind }) => kind, dispensable: 2 },
  {
    title: 'output shape',
    align: 'left',
    text: ({ outputShape }) => (outputShape ? formatShape(outputShape) : '?'),
    dispensable: 1,
  },
  { title: 'd', align: 'right', text: ({ d }) => (d === null ? '?' : formatCount(d)) },
  {
    title: 'covariance',
    align: 'right',
    text: ({ covarianceBytes }) => (covarianceBytes === null ? '?' : formatBytes(covarianceBytes)),
    dispensable: 3,
  },
  { title: 'parameters', align: 'right', text: ({ parameters }) => formatCount(parameters), dispensable: 4 },
];

/** Inputs, layers, their sum, and what is skipped. */
export function layersTable(description: ModelDescription, terminal: Terminal): string {
  const { layers, inputs, skipped, notes } = description;
  const { paint } = terminal;
  const lines = inputs.map(
    ({ key, dtype, shape }) => `input ${key}: ${dtype} ${shape ? formatShape(shape) : 'of any shape'}\n`,
  );
  if (layers.length > 0) lines.push(`\n${renderTable(layers, COLUMNS, terminal)}`);
  const bytes = layers.reduce((sum, layer) => sum + (layer.covarianceBytes ?? 0), 0);
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  lines.push(
    paint.dim(
      `\n${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}, ${formatCount(parameters)} parameters, covariances of ${formatBytes(bytes)}`,
    ),
    '\n',
  );
  for (const { name, kind, reason } of skipped) lines.push(`not recorded: ${name} (${kind}): ${reason}\n`);
  for (const note of notes) lines.push(`note: ${note}\n`);
  return lines.join('');
}
