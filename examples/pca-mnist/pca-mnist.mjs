// Finds out how many directions of its layers a network of digits needs, and writes it with these alone: runs/projected.onnx.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defaultPcaOptions, projectModel } from 'delve-saturation';

const fixture = (name) => fileURLToPath(new URL(`../../fixtures/mnist/${name}`, import.meta.url));
const options = {
  ...defaultPcaOptions(),
  model: fixture('cnn'),
  data: fixture('images.npy'),
  labels: fixture('labels.npy'),
  engine: 'onnx',
};
const share = (accuracy) => `${(100 * accuracy).toFixed(1)} %`;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const { accuracy, thresholds } = await projectModel({
  ...options,
  thresholds: [0.9, 0.95, 0.98, 0.99, 0.995],
});
console.log(`all directions: ${share(accuracy)} of the digits are told`);
for (const { threshold, kept, d, pca, random } of thresholds) {
  const control = share(mean(random.map((draw) => draw.accuracy)));
  console.log(`${threshold}: ${kept} of ${d} directions, ${share(pca.accuracy)}; random ones, ${control}`);
}

const enough = thresholds.find(({ pca }) => pca.accuracy >= accuracy - 0.01);
if (enough) {
  await mkdir('runs', { recursive: true });
  const exportTo = 'runs/projected.onnx';
  await projectModel({ ...options, thresholds: [enough.threshold], random: 0, exportTo });
  console.log(`${enough.threshold} is enough: ${exportTo}`);
}
