// Samples a second of an engine, once it is under way, for engines.py.
// node bench/engines.mjs MODEL BATCH BATCHES THREADS ENGINE MODE: forward (the last layer alone is handed out), tapped (every layer's
// output is), recorded (every layer's covariance is gathered).

import { engineOf } from '../dist/engines/registry.js';
import { openModel } from '../dist/model/open.js';
import { createGatheredPoints } from '../dist/record/gathered-points.js';
import { viewOf } from '../dist/record/layer-view.js';

const [path, batch, batches, threads, name, mode] = process.argv.slice(2);
const size = Number(batch);
const points = { convMethod: 'channelwise', timeseriesMethod: 'last_timestep' };
const model = await openModel(path);
const [input] = model.inputs;
const shape = input.shape.map((dim, axis) => (axis === 0 ? size : dim));
const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 0.37));
const inputs = new Map([[input.key, { dtype: 'float32', shape, data }]]);

const engine = await (await engineOf(name)).start({ threads: Number(threads), device: 'cpu' });
const layers = mode === 'forward' ? model.layers.slice(-1) : model.layers;
const taps = layers.map((layer) => ({
  value: layer.preActivation,
  shape: layer.outputShape,
  ...(mode === 'recorded' && { points: { view: viewOf(layer), options: points } }),
}));
const session = await engine.load(model, taps, { optimize: true, padded: false });
const gathered = await createGatheredPoints(session, layers, { points, threads: Number(threads) });
const run = async () => {
  const results = await session.run(inputs);
  if (mode === 'recorded') await gathered.add({ results, size, kept: size }, () => {});
  await new Promise((resolve) => setImmediate(resolve));
};
await run();
const start = performance.now();
for (let i = 0; i < Number(batches); i++) await run();
// What still waits for a thread belongs to the batches; spectra do not.
if (mode === 'recorded') await gathered.settled(layers.length - 1);
const seconds = (performance.now() - start) / 1000;
console.log(
  JSON.stringify({ rate: (size * Number(batches)) / seconds, engine: `${engine.name} ${engine.version}` }),
);
await gathered.close();
await session.close();
await engine.close();
