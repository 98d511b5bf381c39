// Records with a writer of one's own, which writes a page of Markdown, and follows the saturations while they settle.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defaultRecordOptions, record } from 'delve-saturation';

const fixture = (name) => fileURLToPath(new URL(`../../fixtures/mnist/${name}`, import.meta.url));

/** @type {import('delve-saturation').Writer} */
const report = {
  async open() {
    await mkdir('runs', { recursive: true });
  },
  async write({ epoch, layers }) {
    const rows = layers.map(({ layer, d, stats }) => `| ${layer} | ${d} | ${stats.get('lsat').toFixed(4)} |`);
    const page = [`# Epoch ${epoch}`, '', '| layer | d | saturation |', '| --- | --- | --- |', ...rows, ''];
    await writeFile('runs/report.md', page.join('\n'));
  },
  async close({ tool, version }) {
    console.log(`runs/report.md, by ${tool} ${version}`);
  },
};

const options = {
  ...defaultRecordOptions(),
  models: [fixture('mlp')],
  data: [{ mode: 'eval', path: fixture('images.npy') }],
  preprocessing: { scale: 1 / 255 },
  out: 'runs/mlp',
  saveTo: [report],
};
await record(options, {
  start: ({ samples, layers }) => console.log(`${samples} samples, ${layers.length} layers`),
  saturation: ({ layer, n, saturation, final }) => {
    console.log(`${layer}: ${saturation.toFixed(4)} of ${n} rows${final ? '' : ' so far'}`);
  },
});
