import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * DejaVu Sans, which every picture is set in: the fonts that a system has are unknown, and many a container has none. Verdana, its
 * relative of the same widths, stands in where an SVG is shown without it.
 */
export const FONT_FAMILY = 'DejaVu Sans, Verdana, sans-serif';

/** The files of the font's regular and bold weights. */
export const FONT_FILES = {
  regular: fontFile('DejaVuSans.ttf'),
  bold: fontFile('DejaVuSans-Bold.ttf'),
} as const;

/** Widths of text in a font. */
export interface FontMetrics {
  /** Width of a line, in the unit of `size`. */
  width(text: string, size: number): number;
  /** Whether the font has every character of the text. */
  covers(text: string): boolean;
}

const read = new Map<string, FontMetrics>();

/** The metrics of one of the font's weights. */
export function fontMetrics(weight: keyof typeof FONT_FILES): FontMetrics {
  const metrics = read.get(weight) ?? readMetrics(readFileSync(FONT_FILES[weight]));
  read.set(weight, metrics);
  return metrics;
}

function fontFile(name: string): string {
  return createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`);
}

/** Reads the tables head, hhea, hmtx and cmap of a TrueType font (https://learn.microsoft.com/typography/opentype/spec). */
function readMetrics(bytes: Buffer): FontMetrics {
  const tables = new Map<string, number>();
  for (let i = 0; i < bytes.readUInt16BE(4); i++) {
    const entry = 12 + 16 * i;
    tables.set(bytes.toString('latin1', entry, entry + 4), bytes.readUInt32BE(entry + 8));
  }
  const table = (tag: string) => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new Error(`the font has no table ${tag}`);
    return offset;
  };
  const unitsPerEm = bytes.readUInt16BE(table('head') + 18);
  const widths = bytes.readUInt16BE(table('hhea') + 34);
  const hmtx = table('hmtx');
  const glyphs = readCharacterMap(bytes, table('cmap'));
  // Glyphs past the last entry share its width.
  const advance = (glyph: number) => bytes.readUInt16BE(hmtx + 4 * Math.min(glyph, widths - 1)) / unitsPerEm;
  const missing = advance(0);
  return {
    width(text, size) {
      let width = 0;
      for (const character of text) {
        const glyph = glyphs.get(character.codePointAt(0)!);
        width += glyph === undefined ? missing : advance(glyph);
      }
      return width * size;
    },
    covers: (text) => [...text].every((character) => glyphs.has(character.codePointAt(0)!)),
  };
}

/** The glyph of each code point, from the subtable of format 12, which holds all of Unicode. */
function readCharacterMap(bytes: Buffer, cmap: number): Map<number, number> {
  const glyphs = new Map<number, number>();
  for (let i = 0; i < bytes.readUInt16BE(cmap + 2); i++) {
    const subtable = cmap + bytes.readUInt32BE(cmap + 4 + 8 * i + 4);
    if (bytes.readUInt16BE(subtable) !== 12) continue;
    for (let group = 0; group < bytes.readUInt32BE(subtable + 12); group++) {
      const at = subtable + 16 + 12 * group;
      const first = bytes.readUInt32BE(at);
      const glyph = bytes.readUInt32BE(at + 8);
      for (let code = first; code <= bytes.readUInt32BE(at + 4); code++)
        glyphs.set(code, glyph + code - first);
    }
  }
  return glyphs;
}
