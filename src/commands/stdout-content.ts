import { UserError } from '../errors.js';
import { STDOUT } from '../host.js';

/** Options that say what goes to stdout in the place of the table. */
interface StdoutFlags {
  json?: true;
  markdown?: true;
  csv?: string;
}

/** What goes to stdout. @throws UserError if two things are to */
export function stdoutContent({ json, markdown, csv }: StdoutFlags): 'json' | 'markdown' | 'csv' | 'table' {
  const given = [
    ...(json ? (['json'] as const) : []),
    ...(markdown ? (['markdown'] as const) : []),
    ...(csv === STDOUT ? (['csv'] as const) : []),
  ];
  if (given.length > 1) {
    const named = given.map((name) => (name === 'csv' ? `--csv ${STDOUT}` : `--${name}`));
    throw new UserError(`${named.join(' and ')} print different things; give one of them`);
  }
  return given[0] ?? 'table';
}
