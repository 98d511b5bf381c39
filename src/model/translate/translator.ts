import type { Operation } from './operation.js';

/** Translates one operation: reads its inputs, emits ONNX nodes, sets its outputs. */
export type Translator = (op: Operation) => void;

/** A family's translators by TensorFlow operation. */
export type Family = Readonly<Record<string, Translator>>;

export type Translators = ReadonlyMap<string, Translator>;
