// npm run build: src -> dist, what `npm pack` ships. Declarations that a program cannot reach from the main export are left
// out, and CommonJS gets an entry of its own.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commonjsDeclarations } from './commonjs-declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

// What a source file left there that is no more would be shipped.
rmSync(dist, { recursive: true, force: true });
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
try {
  execFileSync(process.execPath, [tsc], { cwd: root, stdio: 'inherit' });
} catch (error) {
  // It has said what is wrong.
  process.exit(error.status ?? 1);
}

const index = join(dist, 'index.d.ts');
const reached = reachable(index);
for (const file of readdirSync(dist, { recursive: true })) {
  const path = join(dist, file);
  if (/\.d\.m?ts$/.test(file) && !reached.has(path)) rmSync(path);
}
writeFileSync(join(dist, 'index.cjs'), "module.exports = require('./index.js');\n");
writeFileSync(join(dist, 'index.d.cts'), commonjsDeclarations(index));

/**
 * The declarations that one leads to, itself included.
 * @param {string} start
 */
function reachable(start) {
  const found = new Set();
  const open = [start];
  for (let file = open.pop(); file; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)) {
      open.push(resolve(dirname(file), target.replace(/\.(m?)js$/, '.d.$1ts')));
    }
  }
  return found;
}
