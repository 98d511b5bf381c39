/** The parts of an SVG that are numbers, and all else. */
export function numbersApart(svg: string): { skeleton: string; numbers: number[] } {
  const numbers: number[] = [];
  const skeleton = svg.replace(/></g, '>\n<').replace(/(?<![\w#.-])-?\d+(\.\d+)?(e[+-]?\d+)?/g, (number) => {
    numbers.push(Number(number));
    return '0';
  });
  return { skeleton, numbers };
}

/** What is written in an SVG, in its order. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) =>
    text!.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );
}
