import type { Operation } from '../operation.js';
import type { Family } from '../translator.js';

/** Operations that hand their inputs on when a model runs for inference, and constants. */
export const IDENTITIES: Family = {
  Const: (op) => {
    const attribute = op.node.attrs.get('value');
    if (attribute?.kind !== 'tensor') return op.refuse('without its value');
    op.setConstant(0, attribute.value);
  },
  CheckNumerics: pass,
  CheckNumericsV2: pass,
  Copy: pass,
  CopyHost: pass,
  DebugIdentity: pass,
  EnsureShape: pass,
  GuaranteeConst: pass,
  Identity: pass,
  IdentityN: passAll,
  PlaceholderWithDefault: pass,
  PreventGradient: pass,
  ReadVariableOp: pass,
  Snapshot: pass,
  StopGradient: pass,
};

function pass(op: Operation): void {
  op.pass(0, op.input(0));
}

function passAll(op: Operation): void {
  for (const [index, value] of op.inputs.entries()) op.pass(index, value);
}
