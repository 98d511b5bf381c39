import { UserError } from '../errors.js';
import { FONT_FILES, fontMetrics } from './font.js';

/** More pixels than these do not fit into a picture that other programs open. */
const MOST_PIXELS = 2 ** 28;

/** Draws an SVG as PNG, `scale` pixels for each of its own. @throws UserError for one that would be too large */
export async function drawPng(svg: string, scale: number): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const picture = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: {
      fontFiles: Object.values(FONT_FILES),
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
      // Letters that the font lacks, such as Chinese ones, may be in a font of the system's; looking through them takes its time.
      loadSystemFonts: !fontMetrics('regular').covers(svg.replaceAll('\n', '')),
    },
  });
  const pixels = picture.width * picture.height * scale ** 2;
  if (pixels > MOST_PIXELS) {
    throw new UserError(
      `a picture of ${Math.round(picture.width * scale)} x ${Math.round(picture.height * scale)} pixels is too large; give a smaller --scale, fewer --layers, or --format svg`,
    );
  }
  return picture.render().asPng();
}
