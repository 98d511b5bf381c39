import type { FlatNode } from './flat.js';

/** Operations whose first output is their first input, as far as inference goes. */
export const PASSES: ReadonlySet<string> = new Set([
  'Identity',
  'RefIdentity',
  'StopGradient',
  'PreventGradient',
  'CheckNumerics',
  'CheckNumericsV2',
  'Print',
  'Snapshot',
  'EnsureShape',
  'DebugGradientIdentity',
  'DebugIdentity',
  'DebugIdentityV2',
  'Copy',
  'CopyHost',
  'GuaranteeConst',
  'PlaceholderWithDefault',
  'ReadVariableOp',
]);

/** What Keras feeds while it trains. */
const TRAINING_FLAG = /(^|\/)(keras_learning_phase|is_training|training)(_\d+)?$/;

/** A placeholder that tells training from inference, which a signature does not feed. */
export function isTrainingFlag(node: Pick<FlatNode, 'name' | 'op'>): boolean {
  return node.op === 'Placeholder' && TRAINING_FLAG.test(node.name);
}
