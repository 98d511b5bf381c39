import { readFile } from 'node:fs/promises';
import Papa from 'papaparse';
import { fileError } from '../data/byte-source.js';
import { UserError } from '../errors.js';

const SEPARATOR = ';';
const OTHER_SEPARATORS: Readonly<Record<string, string>> = {
  ',': 'commas',
  '\t': 'tabs',
  '|': 'bars',
  ' ': 'blanks',
};
/** What pandas and spreadsheets call a column of row numbers. */
const INDEX_NAMES = new Set(['', 'epoch', 'epochs', 'index', 'unnamed: 0']);
const ABSENT = new Set(['', 'nan', 'na', 'n/a', '<na>', 'none', 'null']);

/** A csv of results: its cells are text still. */
export interface CsvFile {
  path: string;
  columns: string[];
  /** By epoch, ascending; as many cells as columns. */
  rows: { epoch: number; cells: string[] }[];
}

/**
 * Reads a csv that delve or the Python package wrote: `;` between cells, the epoch in the first column.
 * @throws UserError for another separator, ragged rows, a first column without epochs, two columns or epochs of the same name.
 */
export async function readCsvFile(path: string): Promise<CsvFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (bytes.includes(0)) throw new UserError(`${path} is no text in UTF-8, so it is no csv; ${CSV_EXPECTED}`);
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: SEPARATOR, skipEmptyLines: 'greedy' });
  const [header, ...lines] = data;
  if (header === undefined) throw new UserError(`${path} is empty; ${CSV_EXPECTED}`);
  if (!isIndexName(header[0])) throw new UserError(`${path}: ${otherHeader(text, header)}`);
  if (errors[0])
    throw new UserError(`${path}: row ${errors[0].row ?? 0}: ${errors[0].message}; mend it, or record again`);
  const columns = header.slice(1).map((name) => name.trim());
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UserError(`${path}: the column '${twice}' stands there twice; remove or rename one of them`);
  const rows = lines.map((line, i) => rowOf(line, columns, `${path}: row ${i + 1}`));
  const epochs = rows.map(({ epoch }) => epoch);
  const again = epochs.find((epoch, i) => epochs.indexOf(epoch) !== i);
  if (again !== undefined)
    throw new UserError(`${path}: epoch ${again} stands there twice; remove one of these rows`);
  return { path, columns, rows: rows.sort((a, b) => a.epoch - b.epoch) };
}

/** What messages say that was looked for. */
export const CSV_EXPECTED = 'a csv of results has columns such as eval-saturation_conv1, and ; between them';

function isIndexName(name: string | undefined): boolean {
  return name !== undefined && INDEX_NAMES.has(name.trim().toLowerCase());
}

/** What a first line is that begins with no heading of an epoch. */
function otherHeader(text: string, header: readonly string[]): string {
  for (const [separator, plural] of Object.entries(OTHER_SEPARATORS)) {
    const [line] = Papa.parse<string[]>(text, { delimiter: separator, preview: 1 }).data;
    if (line && line.length > 1 && line.some((name) => LAYER_COLUMN.test(name)) && isIndexName(line[0])) {
      return `its columns are separated by ${plural}, those of a csv of results by semicolons; write it anew, with pandas to_csv(path, sep=';')`;
    }
  }
  if (header.some((name) => LAYER_COLUMN.test(name))) {
    return `its first column is '${header[0]}', where the epochs stand, without a heading; write them, too, with pandas to_csv(path, sep=';', index=True)`;
  }
  return `it does not begin as a csv of results does; ${CSV_EXPECTED}`;
}

const LAYER_COLUMN = /^_?(train|eval)-[^_]+_./;

function rowOf(line: readonly string[], columns: readonly string[], where: string) {
  const [index = '', ...cells] = line;
  const [, digits] = /^\s*(\d{1,9})(?:\.0*)?\s*$/.exec(index) ?? [];
  if (digits === undefined)
    throw new UserError(`${where} begins with '${index}' where its epoch stands, a whole number`);
  if (cells.length !== columns.length) {
    throw new UserError(
      `${where}, of epoch ${digits}, has ${cells.length} values for ${columns.length} columns; mend it, or record again`,
    );
  }
  return { epoch: Number(digits), cells };
}

/** The numbers of a column by epoch, without cells that are empty or NaN. @throws UserError for other text. */
export function numbersOf({ path, columns, rows }: CsvFile, column: string): Map<number, number> {
  const place = columns.indexOf(column);
  const numbers = new Map<number, number>();
  for (const { epoch, cells } of rows) {
    const text = cells[place]!.trim();
    if (ABSENT.has(text.toLowerCase())) continue;
    const value = parseNumber(text);
    if (value === undefined) {
      const comma = /^[-+]?\d+,\d+(e[-+]?\d+)?$/i.test(text) ? '; decimals are set off by a point' : '';
      throw new UserError(
        `${path}: epoch ${epoch} has '${shortened(text)}' in the column '${column}', which is no number${comma}`,
      );
    }
    if (!Number.isNaN(value)) numbers.set(epoch, value);
  }
  return numbers;
}

/** Whether a column holds anything but numbers. */
export function holdsText({ columns, rows }: CsvFile, column: string): boolean {
  const place = columns.indexOf(column);
  return rows.some(({ cells }) => {
    const text = cells[place]!.trim();
    return !ABSENT.has(text.toLowerCase()) && parseNumber(text) === undefined;
  });
}

/** A number as Python writes it. The package's csv holds a user's own metrics as they came, which may be `tensor(1.5000)`. */
function parseNumber(text: string): number | undefined {
  const [, inner = text] =
    /^(?:tensor|array|np\.\w+)\(([^,()]+)(?:,[^()]*(?:\([^()]*\))?)?\)$/.exec(text) ?? [];
  const [, sign] = /^([-+]?)inf(?:inity)?$/i.exec(inner) ?? [];
  if (sign !== undefined) return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(inner)) return Number.NaN;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(inner) ? Number(inner) : undefined;
}

function shortened(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}
