// Asks a dump that Python delve wrote again, at three thresholds, and tells what changed between its two epochs.
import { fileURLToPath } from 'node:url';
import { compare, defaultCompareOptions, defaultRecomputeOptions, recompute } from 'delve-saturation';

const dump = fileURLToPath(new URL('../../fixtures/dump/package', import.meta.url));

const { layers } = await recompute({
  ...defaultRecomputeOptions(),
  dumps: [dump],
  mode: 'eval',
  epoch: 'all',
  thresholds: [0.9, 0.99, 0.999],
});
for (const { epoch, layer, d, byThreshold } of layers) {
  const dimensions = byThreshold.map(({ idim }) => idim).join(', ');
  console.log(`epoch ${epoch}, ${layer}: ${dimensions} of ${d}`);
}

const { layers: changed } = await compare({
  ...defaultCompareOptions(),
  a: `${dump}@0`,
  b: `${dump}@1`,
  mode: 'eval',
  threshold: 0.9,
  stats: ['lsat', 'trc'],
});
for (const { layer, changes } of changed) {
  const { delta } = changes.get('lsat');
  const { relative } = changes.get('trc');
  console.log(
    `${layer}: saturation ${signed(delta.toFixed(4))}, variance ${signed((relative * 100).toFixed(1))} %`,
  );
}

function signed(text) {
  return text.startsWith('-') ? text : `+${text}`;
}
