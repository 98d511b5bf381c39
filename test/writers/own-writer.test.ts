import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { smallEpoch, temporaryFolder, write } from './recordings.js';

const { at } = temporaryFolder();

/** A module of the user's own; its name differs each time, as modules are loaded once. */
let count = 0;
function own(source: string, ending = 'mjs'): string {
  const path = at(`writer-${count++}.${ending}`);
  writeFileSync(path, source);
  return path;
}

const METHODS = `
  open() { log('open'); }
  write(epoch) { log('write ' + epoch.epoch + ' ' + epoch.layers[0].layer + ' ' + epoch.layers[0].covariance.length); }
  async close(run) { log('close ' + run.tool); }`;
const LOG = (to: string) => `import { appendFileSync } from 'node:fs';
const log = (line) => appendFileSync(${JSON.stringify(to)}, line + '\\n');\n`;

describe("a writer of one's own", () => {
  it.each([
    ['a class', `export default class { constructor(options) { log(JSON.stringify(options)); } ${METHODS} }`],
    [
      'a function',
      `export default (options) => { log(JSON.stringify(options)); return new (class { ${METHODS} })(); };`,
    ],
    [
      'an async function',
      `export default async (options) => { log(JSON.stringify(options)); return new (class { ${METHODS} })(); };`,
    ],
  ])('is %s, with its settings', async (_what, source) => {
    const path = own(`${LOG(at('log'))}${source}`);
    await write(`${path}:level=3:dry`, at('a'), [smallEpoch(2)]);
    const [options, ...calls] = readFileSync(at('log'), 'utf8').trim().split('\n');
    expect(JSON.parse(options!)).toEqual({
      savefile: at('a'),
      initialEpoch: 2,
      settings: { level: '3', dry: true },
    });
    expect(calls).toEqual(['open', 'write 2 fc 4', 'close delve']);
  });

  it('is a CommonJS module as well', async () => {
    const path = own('module.exports = () => ({ open() {}, write() {}, close() {} });', 'cjs');
    await expect(write(path, at('a'), [smallEpoch(0)])).resolves.toBeDefined();
  });

  it.each([
    [
      'export const writer = 1;',
      /writer-\d+\.mjs: it has no default export; add: export default \(options\)/,
    ],
    ['export default { open() {} };', /its default export is no function or class/],
    ['export default () => ({ open() {} });', /its writer lacks write\(\) and close\(\); a writer has open/],
    ['export default () => {};', /what its default export gives is no writer/],
    ['export default (', /writer-\d+\.mjs cannot be loaded: /],
    ['import "./missing.mjs";', /cannot be loaded: .*missing\.mjs/],
    [
      'export default () => { throw new TypeError("bad level"); };',
      /cannot be loaded: TypeError: bad level\n.*writer-\d+\.mjs:1/,
    ],
    [
      'export default () => ({ open() { null.x; }, write() {}, close() {} });',
      /failed in open\(\): TypeError: .*\n.*writer-\d+\.mjs:1/,
    ],
  ])('is refused where it is %j', async (source, message) => {
    const path = own(source);
    await expect(write(path, at('a'), [])).rejects.toThrow(message);
    await expect(write(path, at('a'), [])).rejects.toBeInstanceOf(UserError);
  });

  it('is refused where it is missing, or a folder', async () => {
    await expect(write(at('none.js'), at('a'), [])).rejects.toThrow(/none\.js: no such file/);
    mkdirSync(at('folder.js'));
    await expect(write(at('folder.js'), at('a'), [])).rejects.toThrow(/no such file/);
  });
});
