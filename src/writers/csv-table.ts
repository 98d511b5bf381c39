import Papa from 'papaparse';
import { UserError } from '../errors.js';

const SEPARATOR = ';';

/** A table of numbers by epoch. Cells are kept as they are written, '' where there is no number. */
export interface CsvTable {
  columns: string[];
  rows: { epoch: number; cells: string[] }[];
}

/** The table as text: the first column, without a name, is the epoch; `;` between cells. */
export function formatCsvTable({ columns, rows }: CsvTable): string {
  const lines = [
    ['', ...columns],
    ...rows.map(({ epoch, cells }) => [String(epoch), ...padded(cells, columns.length)]),
  ];
  return `${Papa.unparse(lines, { delimiter: SEPARATOR, newline: '\n' })}\n`;
}

/** Reads a table back. @throws UserError, naming `where`, for one that was not written so. */
export function parseCsvTable(text: string, where: string): CsvTable {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: SEPARATOR, skipEmptyLines: true });
  const refuse = (found: string) =>
    new UserError(
      `${where}: ${found}, so it is no table that delve wrote and can continue; leave --initial-epoch away to replace it, or record to another --out`,
    );
  if (!/[\r\n]$/.test(text) && text !== '') throw refuse('its last line is cut off');
  if (errors[0]) throw refuse(`line ${(errors[0].row ?? 0) + 1}: ${errors[0].message}`);
  const [header, ...lines] = data;
  if (header?.[0] !== '') throw refuse('its first column has a name, or it is empty');
  const columns = header.slice(1);
  const rows = lines.map((line, i) => {
    const [epoch, ...cells] = line;
    if (!/^\d{1,9}$/.test(epoch ?? ''))
      throw refuse(`line ${i + 2} starts with '${epoch}' and not with its epoch`);
    if (cells.length !== columns.length) {
      throw refuse(`line ${i + 2} has ${cells.length} values for ${columns.length} columns`);
    }
    return { epoch: Number(epoch), cells };
  });
  const twice = rows.find(({ epoch }, i) => rows.findIndex((row) => row.epoch === epoch) < i);
  if (twice) throw refuse(`epoch ${twice.epoch} stands there twice`);
  return { columns, rows };
}

/** Adds a row of values by column; columns that are new come last, empty in the rows before. */
export function addRow(table: CsvTable, epoch: number, values: ReadonlyMap<string, string>): void {
  const known = new Set(table.columns);
  for (const name of values.keys()) if (!known.has(name)) table.columns.push(name);
  table.rows.push({ epoch, cells: table.columns.map((name) => values.get(name) ?? '') });
}

function padded(cells: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, i) => cells[i] ?? '');
}
