import type { EngineChoice } from '../record/options.js';

/** `engine: onnx 1.30.0 on CPU (tensorflow is not installed)` */
export function engineLine({ engine, version, device, why }: Omit<EngineChoice, 'model'>): string {
  return `engine: ${engine} ${version} on ${device}${why === undefined ? '' : ` (${why})`}`;
}
