/**
 * Runs a network of one operation with a provider of onnxruntime, in a process of its own: drivers write to stderr, and broken ones end
 * the process. Arguments: the package's folder, the provider, the network in base64.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder = '', provider = '', model = ''] = process.argv.slice(2);
const ort = createRequire(join(folder, 'package.json'))(folder);
const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'), {
  executionProviders: [provider, 'cpu'],
  logSeverityLevel: 4,
});
await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2), [2]) });
