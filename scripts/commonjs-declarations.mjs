import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** To TypeScript, a CommonJS file can name the types of an ES module only so. */
const FROM = "'./index.js' with { 'resolution-mode': 'import' }";

/**
 * The types of the CommonJS entry: those of the main export, one by one. TypeScript before 5.8 does not believe that `require` may
 * load an ES module, so that this entry cannot just name the other one.
 *
 * @param {string} index the main export's declarations, which only export from other files
 */
export function commonjsDeclarations(index) {
  const types = [];
  const lines = [];
  for (const [, only, names, file] of readFileSync(index, 'utf8').matchAll(
    /^export (type )?\{([^}]*)\} from '([^']+)';$/gm,
  )) {
    const declared = readFileSync(join(dirname(index), file.replace(/\.js$/, '.d.ts')), 'utf8');
    for (const name of names.split(',').flatMap((each) => each.trim() || [])) {
      if (only || name.startsWith('type ')) types.push(name.replace('type ', ''));
      else lines.push(...value(name, declared));
    }
  }
  return [
    `import type * as library from ${FROM};`,
    `export type { ${types.join(', ')} } from ${FROM};`,
    ...lines,
    '',
  ].join('\n');
}

/**
 * @param {string} name
 * @param {string} declared the file that declares it
 */
function value(name, declared) {
  const type = declared.match(
    new RegExp(`^export (?:declare )?(?:abstract )?(?:class|interface|type) ${name}\\b(<)?`, 'm'),
  );
  if (type?.[1]) throw new Error(`${name} has type parameters: the CommonJS entry cannot name it yet`);
  const value = `export declare const ${name}: typeof library.${name};`;
  return type ? [value, `export type ${name} = library.${name};`] : [value];
}
