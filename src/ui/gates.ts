import type { GateResult } from '../recompute/gate-check.js';
import { codeSpan, escapeMarkdown } from './markdown.js';
import { formatNumber } from './numbers.js';

/** What a gate found, a line for each layer that broke it; undefined if it passed. */
export function failedGate<Layer>(
  gate: GateResult<Layer>,
  layerText: (layer: Layer) => string,
): string | undefined {
  if (!gate.failed) return undefined;
  const lines = gate.breaches.map((breach) => `  ${breachText(breach, layerText)}`);
  return [`${gate.expression}${ofAll(gate)}`, ...lines].join('\n');
}

/** What became of gates, as a list of markdown after a blank line; nothing without gates. */
export function markdownGates<Layer>(
  gates: readonly GateResult<Layer>[],
  layerText: (layer: Layer) => string,
): string[] {
  const lines = gates.flatMap((gate) => [
    `- ${gate.failed ? '❌' : '✅'} fail if ${codeSpan(gate.expression)}${ofAll(gate)}\n`,
    ...gate.breaches.map((breach) => `  - ${escapeMarkdown(breachText(breach, layerText))}\n`),
  ]);
  return lines.length > 0 ? ['\n', ...lines] : [];
}

function breachText<Layer>(
  { layer, value }: GateResult<Layer>['breaches'][number],
  layerText: (layer: Layer) => string,
): string {
  return value === undefined ? layerText(layer) : `${layerText(layer)}: ${formatNumber(value)}`;
}

function ofAll({ value }: GateResult<unknown>): string {
  return value === undefined ? '' : ` (${formatNumber(value)})`;
}
