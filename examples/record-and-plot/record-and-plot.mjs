// Records an ONNX file of PyTorch, prints what its layers use of their width, and draws it: runs/torch.svg.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  defaultDrawOptions,
  defaultPlotOptions,
  defaultRecordOptions,
  drawFigure,
  plot,
  record,
} from 'delve-saturation';

const fixture = (name) => fileURLToPath(new URL(`../../fixtures/torch/${name}`, import.meta.url));

const { epochs } = await record({
  ...defaultRecordOptions(),
  models: [fixture('cnn.onnx')],
  data: [{ mode: 'eval', path: fixture('images.npy') }],
  preprocessing: { scale: 1 / 255, mean: [0.1307], std: [0.3081] },
  thresholds: [0.99, 0.9],
  out: 'runs/torch',
});
for (const { layer, d, byThreshold } of epochs[0].layers) {
  const used = byThreshold.map(({ threshold, idim }) => `${idim} at ${threshold}`);
  console.log(`${layer}: of ${d} directions ${used.join(', ')}`);
}

const [{ figure }] = await plot({
  ...defaultPlotOptions(),
  runs: ['runs/torch'],
  thresholds: [0.9, 0.99],
});
await writeFile('runs/torch.svg', await drawFigure(figure, 'svg', defaultDrawOptions()));
