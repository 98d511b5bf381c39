import { distance } from 'fastest-levenshtein';

/**
 * What to say of a name that is none of `known`: the nearest ones, or all of a few.
 * `there is no layer 'cov1'; did you mean conv1 or conv2?`
 */
export function nearest(name: string, known: readonly string[], what: string): string {
  const said = /[*?[{]/.test(name) ? `no ${what} matches '${name}'` : `there is no ${what} '${name}'`;
  const ranked = nearestNames(name, known);
  if (ranked.length > 0) return `${said}; did you mean ${list(ranked, 'or')}?`;
  const shown = known.slice(0, 12);
  const more = known.length > shown.length ? `, ... (${known.length} in all)` : '';
  return known.length === 0 ? said : `${said}; there are ${shown.join(', ')}${more}`;
}

/** Up to three names that a slip of the keys away could have meant, nearest first. */
export function nearestNames(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  return known
    .map((candidate) => ({ candidate, far: farness(wanted, candidate.toLowerCase()) }))
    .filter(({ far }) => far <= Math.ceil(wanted.length / 3))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function farness(wanted: string, candidate: string): number {
  return wanted.length >= 3 && candidate.includes(wanted) ? 1 : distance(wanted, candidate);
}

function list(names: readonly string[], word: string): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}
