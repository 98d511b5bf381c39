/** What figures can be written as. */
export interface Format {
  description: string;
  /** Of files' names; the first one is that of files that have no name yet. */
  endings: readonly string[];
}

export type FormatName = 'png' | 'svg' | 'html' | 'term' | 'vega';

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  png: { description: 'a picture of pixels', endings: ['.png'] },
  svg: { description: 'a picture of lines and letters', endings: ['.svg'] },
  html: { description: 'a page with a threshold slider and a table that sorts', endings: ['.html', '.htm'] },
  term: { description: 'characters, on stdout', endings: ['.txt'] },
  vega: { description: 'the Vega-Lite spec', endings: ['.vl.json', '.json'] },
};

export const FORMAT_NAMES: readonly FormatName[] = ['png', 'svg', 'html', 'term', 'vega'];

/** The format that a file's name asks for, by its ending. */
export function formatOfFile(path: string): FormatName | undefined {
  const name = path.toLowerCase();
  return FORMAT_NAMES.find((format) => FORMATS[format].endings.some((ending) => name.endsWith(ending)));
}
