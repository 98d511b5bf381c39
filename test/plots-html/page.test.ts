import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { htmlPage } from '../../src/plots/html/page.js';
import { embedded, layer, results, spectrum } from './results.js';

const HARM = [
  '</script><img src=x onerror=alert(1)>',
  '<!--<script>',
  '"><svg onload=alert(1)>',
  "'&amp;\u2028",
];

/** Tags and attributes of a page without the contents of its scripts and style sheets. */
function markup(html: string): string {
  return html.replace(/(<(script|style)[^>]*>).*?(<\/\2>)/gs, '$1$3');
}

describe('htmlPage', () => {
  it('holds the eigenvalues bit by bit', () => {
    const spectra = [spectrum(5), spectrum(64, 7), spectrum(1, 2)];
    const html = htmlPage([results(spectra.map((one, i) => layer(`l${i}`, [[0, one]])))]);
    const { data, eigenvalues } = embedded(html);
    for (const [i, { d, values }] of spectra.entries()) {
      const [first, count] = data.layers[i].spectra[0];
      expect(count).toBe(d);
      const found = eigenvalues.slice(first, first + count);
      expect(Buffer.from(found.buffer)).toEqual(
        Buffer.from(values.buffer, values.byteOffset, values.byteLength),
      );
    }
  });

  it('loads nothing and lets nothing run but its own scripts', () => {
    const html = htmlPage([results([layer('conv', [[0, spectrum(4)]])])]);
    expect(markup(html)).not.toMatch(/\b(src|href|action|data|srcset|poster)\s*=/i);
    expect(markup(html)).not.toMatch(/\bon\w+\s*=|https?:/i);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    expect(policy).toMatch(/^default-src 'none'; script-src ('sha256-[^']+' ?)+; style-src 'sha256-[^']+';/);
    const inline = [...html.matchAll(/<(script|style)>(.*?)<\/\1>/gs)].map(([, , text]) => text!);
    expect(inline).toHaveLength(4);
    expect(inline[0]).not.toMatch(/@import|url\(/i);
    for (const text of inline) {
      expect(policy).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    }
  });

  it('shows any name as it is', () => {
    const harmless = htmlPage([results([layer('conv', [[0, spectrum(4)]])])], { title: 'title' });
    const tags = (html: string) => markup(html).match(/<[^>]*>/g);
    for (const name of HARM) {
      const run = results([layer(name, [[0, spectrum(4)]])], [0], name);
      const html = htmlPage([run], { title: name });
      expect(tags(html)).toEqual(tags(harmless));
      expect(embedded(html).data.layers[0].layer).toBe(name);
      expect(embedded(html).data.runs[0].label).toBe(name);
    }
  });

  it('is the same for the same results, and tells no paths', () => {
    const page = () => htmlPage([results([layer('conv', [[0, spectrum(4)]])])]);
    const [first, second] = [page(), page()];
    expect(first === second).toBe(true);
    expect(first.includes('secret')).toBe(false);
  });

  it('shows what is stored where there is no spectrum, and says so', () => {
    const statistics = new Map([
      ['saturation', new Map([[0, 0.25]])],
      ['covariance-determinant', new Map([[0, Number.POSITIVE_INFINITY]])],
    ]);
    const html = htmlPage([results([layer('conv', [], { statistics })])]);
    expect(embedded(html).data.layers[0].stored).toEqual({ lsat: { 0: 0.25 }, det: { 0: 'Infinity' } });
    expect(markup(html)).toMatch(/<ul class="notes"><li>runs\/mine: no covariances/);
    expect(markup(html)).not.toContain('type="range"');
  });

  it('keeps the latest epochs, where not all have room, and statistics of the others', () => {
    const epochs = [0, 1, 2, 3];
    const one = layer(
      'conv',
      epochs.map((epoch) => [epoch, { d: 4, values: Float64Array.of(8, 4, 2, 1 + epoch) }]),
    );
    const html = htmlPage([results([one], epochs)], { spectraBytes: 2 * 4 * 8, threshold: 0.9 });
    const { data, eigenvalues } = embedded(html);
    expect(eigenvalues).toHaveLength(8);
    expect(Object.keys(data.layers[0].spectra)).toEqual(['2', '3']);
    // 8 + 4 = 12 and 14 of 15: one explains less than 0.9; of 16, 14 explain 0.875.
    expect(data.layers[0].stored.idim).toEqual({ 0: 2, 1: 3 });
    expect(data.layers[0].stored.trc).toEqual({ 0: 15, 1: 16 });
    expect(markup(html)).toContain('Epochs 0 to 1 are shown at 0.9 whatever the threshold');
    const tiny = embedded(htmlPage([results([one], epochs)], { spectraBytes: 0 }));
    expect(Object.keys(tiny.data.layers[0].spectra)).toEqual(['3']);
  });

  it('refuses results of no layers', () => {
    expect(() => htmlPage([results([])])).toThrow(UserError);
  });
});
