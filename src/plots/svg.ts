import type { TopLevelSpec } from 'vega-lite';
import { fontMetrics } from './font.js';

declare module 'vega' {
  // Exported, but missing in Vega's types.
  const textMetrics: { width: (item: TextItem, text: string) => number };
}

/** Draws a spec as SVG, without a browser; `warn` is told what Vega finds odd. Its text keeps its letters: it can be searched and copied. */
export async function drawSvg(
  spec: TopLevelSpec,
  warn: (message: string) => void = () => {},
): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  // Without a canvas Vega guesses that each letter is 0.8 of its size wide, which leaves gaps and shifts titles.
  vega.textMetrics.width = measure;
  const logger = vega.logger(
    vega.Warn,
    undefined,
    (_method: string, _level: string, messages: readonly unknown[]) => warn(messages.join(' ')),
  );
  const view = new vega.View(vega.parse(compile(spec, { logger }).spec), { renderer: 'none', logger });
  try {
    return renumbered(withoutControls(await view.toSVG()));
  } finally {
    view.finalize();
  }
}

/** A piece of text as Vega lays it out. */
interface TextItem {
  fontSize?: number;
  fontWeight?: string | number;
  /** No wider than this, in pixels; 0: as wide as it is. */
  limit?: number;
}

function measure({ fontSize = 11, fontWeight = 'normal', limit = 0 }: TextItem, text: string): number {
  const bold = fontWeight === 'bold' || Number(fontWeight) >= 600;
  const width = fontMetrics(bold ? 'bold' : 'regular').width(String(text ?? '').trim(), fontSize);
  return limit > 0 ? Math.min(limit, width) : width;
}

/** Vega counts names within pictures on from one to the next; here the same figure gives the same bytes. */
function renumbered(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replace(/(url\(#|\bid=")((?:clip|gradient_)\d+)/g, (_all, before: string, name: string) => {
    const number = numbers.get(name) ?? numbers.size + 1;
    numbers.set(name, number);
    return `${before}${name.replace(/\d+$/, '')}${number}`;
  });
}

/** XML cannot hold control characters and halves of characters; names of layers may. */
function withoutControls(svg: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return svg.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\p{Cs}]/gu, '\ufffd');
}
