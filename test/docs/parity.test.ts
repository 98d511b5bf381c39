import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';
import { resolveOptions } from '../../src/tracker/options.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}/docs/parity.md`, 'utf8');

interface Parameter {
  required?: boolean;
  default?: unknown;
}
/** Every name of the Python package's reference, with its parameters. */
const reference: Record<string, Record<string, Parameter>> = JSON.parse(
  readFileSync(`${root}/fixtures/library/reference.json`, 'utf8'),
);

interface Row {
  python: string[];
  here: string[];
  differs: string;
  against: string;
  test: string;
}

/** The rows of the page's tables. */
function rowsOf(text: string): Row[] {
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => {
    const cells = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    expect(cells, line).toHaveLength(4);
    const [python = '', here = '', differs = '', link = ''] = cells;
    const [, against = '', test = ''] = /^\[(.+)\]\(\.\.\/(.+)\)$/.exec(link) ?? [];
    return { python: spans(python), here: spans(here), differs, against, test };
  });
}

function spans(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

/** `Class.method(a, b)` */
function partsOf(code: string): { name: string; parameters: string[] | undefined } {
  const [, name, list] = /^([\w.]+)(?:\((.*)\))?$/.exec(code) ?? [];
  if (name === undefined) throw new Error(`${code}: neither a name nor a call`);
  return { name, parameters: list?.split(', ').filter((parameter) => parameter !== '') };
}

/** What goes into a function, or into the constructor of a class, by name; undefined for what is taken apart. */
function parametersOf(callable: unknown): (string | undefined)[] {
  const text = String(callable);
  const start = text.startsWith('class') ? text.search(/\bconstructor\(/) : 0;
  const from = text.indexOf('(', start) + 1;
  const parameters = [''];
  let depth = 0;
  for (const letter of text.slice(from)) {
    if (')]}'.includes(letter) && --depth < 0) break;
    if ('([{'.includes(letter)) depth++;
    if (letter === ',' && depth === 0) parameters.push('');
    else parameters[parameters.length - 1] += letter;
  }
  return parameters.map((text) => /^_?(\w+)/.exec(text.trim())?.[1]);
}

/** What a name stands for at run time; undefined for types, and for members that are abstract or no methods. */
function exported(name: string): unknown {
  const [head = '', member] = name.split('.');
  const value: unknown = Reflect.get(library, head);
  if (member === undefined || typeof value !== 'function') return value;
  return Reflect.get(value.prototype ?? {}, member);
}

const rows = rowsOf(page);
const own = rows.flatMap(({ here }) => here);

const folder = mkdtempSync(join(tmpdir(), 'delve-parity-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('docs/parity.md', () => {
  it('has a row for every name and parameter of the reference, and for no other', () => {
    const told = new Map<string, Set<string>>();
    for (const code of rows.flatMap(({ python }) => python)) {
      const { name, parameters = [] } = partsOf(code.replaceAll('**', '..'));
      const known = told.get(name) ?? new Set();
      for (const parameter of parameters) {
        expect(known, `${code} stands there twice`).not.toContain(parameter);
        known.add(parameter);
      }
      told.set(name, known);
    }
    const listed = (parameters: Iterable<string>) => [...parameters].sort();
    const wanted = Object.entries(reference).map(([name, parameters]) => [
      name,
      listed(Object.keys(parameters).map((parameter) => parameter.replaceAll('**', '..'))),
    ]);
    const found = [...told].map(([name, parameters]) => [name, listed(parameters)]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    expect(rows.length).toBeGreaterThan(140);
  });

  it('names parameters as functions and classes have them', () => {
    let checked = 0;
    for (const code of own) {
      const { name, parameters = [] } = partsOf(code);
      if (parameters.length === 0) continue;
      const value = exported(name);
      expect(typeof value, code).toBe('function');
      expect(parametersOf(value).slice(0, parameters.length), code).toEqual(parameters);
      checked++;
    }
    expect(checked).toBeGreaterThan(40);
  });

  it('names nothing that the library does not export', async () => {
    const lines = own.map((code, i) => {
      const [head = '', member] = partsOf(code).name.split('.');
      const isValue = head in library;
      if (member === undefined) {
        return isValue ? `export const it${i} = library.${head};` : `export type It${i} = library.${head};`;
      }
      // An instance has it, or the class itself.
      const places = [`library.${head}`, ...(isValue ? [`typeof library.${head}`] : [])];
      return `export const it${i}: '${member}' extends ${places.map((place) => `keyof ${place}`).join(' | ')} ? true : '${code} is not there' = true;`;
    });
    const file = join(folder, 'names.mts');
    writeFileSync(file, [`import * as library from '${root}src/index.js';`, ...lines].join('\n'));
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: `${root}tsconfig.json`,
        compilerOptions: {
          rootDir: '/',
          noEmit: true,
          typeRoots: [`${root}node_modules/@types`],
        },
        include: ['names.mts', `${root}src/**/*.d.ts`],
      }),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const told = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
    expect(told).toBe('');
  });

  it.each(rows.map((row) => [row.python[0]!, row] as const))('has a test of %s', (_name, row) => {
    const { here, differs, against, test } = row;
    expect(['package', 'documentation']).toContain(against);
    expect(here).not.toEqual([]);
    expect(existsSync(join(root, test)), test).toBe(true);
    const text = readFileSync(join(root, test), 'utf8');
    for (const code of here) {
      const last = partsOf(code).name.split('.').at(-1)!;
      // Options that several functions share are tested one by one, where they have rows of their own.
      if (last === 'PlotStatOptions') continue;
      expect(text, `${test} has nothing of ${code}`).toMatch(new RegExp(`\\b${last}\\b`));
    }
    expect(differs, 'is a sentence or nothing').not.toMatch(/TODO|\?\?/);
  });

  it('has examples that are exported', () => {
    const [, names = ''] = /import \{ (.+) \} from 'delve-saturation'/.exec(page) ?? [];
    for (const name of names.split(', ')) expect(library).toHaveProperty(name);
  });
});

it('the tracker’s defaults are those of the package', () => {
  const defaults: Record<string, unknown> = { ...resolveOptions({}) };
  const { savefile: _, save_to: _to, modules: _of, ...options } = reference.SaturationTracker!;
  // Functions and devices are not the same things here, and what is None there is not given here.
  const ours = { device: 'cpu', layer_filter: expect.any(Function), writer_args: {} };
  for (const [name, { default: value }] of Object.entries({ ...options })) {
    const camel = name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
    const wanted: unknown = Reflect.get(ours, name) ?? value ?? undefined;
    expect(defaults[camel], name).toEqual(wanted);
  }
  expect(Object.keys(options)).toHaveLength(19);
});
