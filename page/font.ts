/**
 * In the page, this is what the specs of figures find in the place of src/plots/font.ts, which reads a font's files: the browser
 * measures text itself.
 */
export const FONT_FAMILY = 'DejaVu Sans, Verdana, sans-serif';

const context = document.createElement('canvas').getContext('2d');

export function fontMetrics(weight: 'regular' | 'bold') {
  return {
    /** Width of a line, in pixels. */
    width(text: string, size: number): number {
      if (!context) return text.length * size * 0.6;
      context.font = `${weight === 'bold' ? 'bold ' : ''}${size}px ${FONT_FAMILY}`;
      return context.measureText(text).width;
    },
  };
}
