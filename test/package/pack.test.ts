import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

let packed: string[];
let size: number;
beforeAll(() => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
  const [listed] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' }));
  packed = listed.files.map(({ path }: { path: string }) => path);
  size = listed.size;
});

describe('what npm pack ships', () => {
  it('is the program, what it says of itself, and nothing else', () => {
    const others = packed.filter((path) => !path.startsWith('dist/'));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'bin/delve.js', 'package.json']);
    expect(
      packed.filter((path) => /\.map$|\.test\.|fixtures|\.tsx?$/.test(path.replace('.d.ts', ''))),
    ).toEqual([]);
    expect(size).toBeLessThan(1e6);
  });

  it('has every module of the source, and nothing that is no more', () => {
    const modules = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /(?<!\.d)\.(tsx?|mjs)$/.test(path) && !path.startsWith('core/kernels/assembly'))
      .map((path) => `dist/${path.replace(/\.tsx?$/, '.js')}`);
    const shipped = packed.filter((path) => /^dist\/.*\.m?js$/.test(path));
    expect(shipped.sort()).toEqual(modules.sort());
  });

  it('has what its files load, declarations too', () => {
    const files = new Set(packed);
    for (const path of packed.filter((each) => /\.(js|mjs|cjs|ts|mts|cts)$/.test(each))) {
      const text = readFileSync(join(root, path), 'utf8');
      const isTypes = /\.d\.\w*ts$/.test(path);
      for (const [, target] of text.matchAll(
        /(?:from |import\(|require\(|new URL\(|^import )['"](\.\.?\/[^'"]+\.\w+)['"]/gm,
      )) {
        const named = posix.join(posix.dirname(path), target!);
        expect(files, `${path} names ${target}`).toContain(
          isTypes ? named.replace(/\.(m?)js$/, '.d.$1ts') : named,
        );
      }
    }
  });
});

describe('the CommonJS entry', () => {
  it('has the names of the main export, and the types of them', async () => {
    const library = await import(join(root, 'dist/index.js'));
    const required = createRequire(import.meta.url)(join(root, 'dist/index.cjs'));
    const declared = readFileSync(join(root, 'dist/index.d.cts'), 'utf8');
    const values = [...declared.matchAll(/^export declare const (\w+): typeof library\.\1;$/gm)];
    expect(Object.keys(required).sort()).toEqual(Object.keys(library).sort());
    expect(values.map(([, name]) => name).sort()).toEqual(Object.keys(library).sort());
  });
});
