import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');
let folder: string;

// Programs of users who have TensorFlow.js, and of others who do not: each with the compiled library among its modules.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delve-package-'));
  const modules = readdirSync(join(root, 'node_modules')).filter((name) => !name.startsWith('.'));
  for (const user of ['with', 'without']) {
    const own = join(folder, user, 'node_modules', 'delve-saturation');
    mkdirSync(own, { recursive: true });
    for (const name of modules.filter((each) => user === 'with' || each !== '@tensorflow')) {
      symlinkSync(join(root, 'node_modules', name), join(folder, user, 'node_modules', name));
    }
    writeFileSync(join(own, 'package.json'), readFileSync(join(root, 'package.json')));
    writeFileSync(join(folder, user, 'package.json'), '{ "type": "module" }');
  }
  const dist = (user: string) => join(folder, user, 'node_modules', 'delve-saturation', 'dist');
  await run(process.execPath, [tsc, '-p', root, '--outDir', dist('without')]);
  symlinkSync(dist('without'), dist('with'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function compile(user: string, program: string, skipLibCheck: boolean): Promise<string> {
  const file = join(folder, user, 'program.ts');
  writeFileSync(file, program);
  const strict = [
    '--strict',
    '--noEmit',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--types',
    'node',
    '--preserveSymlinks',
  ];
  const args = [tsc, ...strict, '--skipLibCheck', String(skipLibCheck), file];
  return run(process.execPath, args, { cwd: join(folder, user) }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

async function execute(user: string, program: string): Promise<string> {
  const file = join(folder, user, 'program.mjs');
  writeFileSync(file, program);
  const args = ['--preserve-symlinks', '--preserve-symlinks-main', file];
  const { stdout } = await run(process.execPath, args, { cwd: join(folder, user) });
  return stdout;
}

describe('without TensorFlow.js', () => {
  it('the types of the library are whole, declaration files checked, too', async () => {
    const program = `
      import { LinearPCALayer, pcaLayers, record, SaturationTracker, type TrackedModel } from 'delve-saturation';
      const sat: number = new LinearPCALayer({ threshold: 0.9 }).sat;
      // @ts-expect-error it is a number
      const text: string = new LinearPCALayer().sat;
      // @ts-expect-error it has no such option
      export const other = (model: TrackedModel) => new SaturationTracker('a', 'csv', model, { states: [] });
      export const all = [sat, text, pcaLayers, record];
    `;
    expect(await compile('without', program, false)).toBe('');
  });

  it('no declaration that a user reaches names a type of it', () => {
    const seen = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
      expect(text, file).not.toContain('@tensorflow');
      for (const [, path] of text.matchAll(/from '(\.[^']+)\.js'|import\("(\.[^"]+)\.js"\)/g)) {
        if (path && existsSync(join(dirname(file), `${path}.d.ts`)))
          visit(join(dirname(file), `${path}.d.ts`));
      }
    };
    visit(join(folder, 'without', 'node_modules', 'delve-saturation', 'dist', 'index.d.ts'));
    expect(seen.size).toBeGreaterThan(60);
  });

  it('the library works, and says what is missing where it is needed', async () => {
    const program = `
      import { computeSaturation, LinearPCALayer } from 'delve-saturation';
      console.log(computeSaturation(Float64Array.of(2, 0, 0, 1), 0.9));
      try { new LinearPCALayer(); } catch (error) { console.log(error.name + ': ' + error.message); }
    `;
    expect(await execute('without', program)).toBe(
      '0.5\nUserError: TensorFlow.js is not installed beside delve-saturation: npm install @tensorflow/tfjs, or hand yours in with useTensorFlow(tf)\n',
    );
  });
});

describe('with TensorFlow.js', () => {
  it('models, layers and callbacks fit its types', async () => {
    const program = `
      import * as tf from '@tensorflow/tfjs';
      import { pcaLayers, SaturationTracker, useTensorFlow } from 'delve-saturation';
      useTensorFlow(tf);
      const { LinearPCALayer, Conv2DPCALayer } = pcaLayers(tf);
      const pca = new LinearPCALayer({ threshold: 0.9 });
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] }), pca] });
      model.add(new Conv2DPCALayer());
      const parameters: number = pca.countParams() + pca.inDim;
      // @ts-expect-error it is a number
      const text: string = pca.threshold;
      const tracker = new SaturationTracker('a', ['csv', 'npy'], model, { layerFilter: ({ a, ...rest }) => rest });
      new SaturationTracker('a', 'csv', tf.model({ inputs: model.inputs, outputs: model.outputs }));
      new SaturationTracker('a', 'csv', [model, tf.layers.dense({ units: 1 })]);
      const x = tf.ones([1, 2]);
      model.fit(x, x, { callbacks: tracker.callback() });
      model.fit(x, x, { callbacks: [tf.callbacks.earlyStopping(), tracker.callback({ close: true })] });
      export const all = [parameters, text];
    `;
    expect(await compile('with', program, true)).toBe('');
  });

  it('it is loaded when it is needed, and it is the one of the program', async () => {
    const program = `
      import { createRequire } from 'node:module';
      const { LinearPCALayer } = await import('delve-saturation');
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('tfjs-layers'));
      console.log(loaded());
      const layer = new LinearPCALayer({ inFeatures: 2 });
      console.log(loaded());
      const tf = await import('@tensorflow/tfjs');
      tf.env().set('IS_TEST', true);
      console.log(layer instanceof tf.layers.Layer, layer.apply(tf.ones([1, 2])).shape.join());
    `;
    expect(await execute('with', program)).toBe('false\ntrue\ntrue 1,2\n');
  });
});
