import type { Spectrum } from '../../src/core/spectrum.js';
import type { ResultLayer, Results } from '../../src/results/results.js';

/** Eigenvalues that no decimal notation of few digits holds: descending, the last ones tiny, zero and below. */
export function spectrum(d: number, seed = 1): Spectrum {
  const values = Float64Array.from({ length: d }, (_, i) => (seed / 3) * Math.exp(-i * Math.SQRT2));
  values[d - 1] = -5e-324;
  if (d > 2) values[d - 2] = 0;
  return { d, values };
}

export function layer(
  name: string,
  spectra: [epoch: number, Spectrum][],
  parts: Partial<ResultLayer> = {},
): ResultLayer {
  return { layer: name, mode: 'eval', statistics: new Map(), spectra: new Map(spectra), ...parts };
}

export function results(layers: ResultLayer[], epochs = [0], label = 'runs/mine'): Results {
  return {
    label,
    path: '/home/someone/secret/runs/mine',
    epochs,
    layers,
    scalars: new Map(),
    recordedWith: undefined,
  };
}

/** What the page's scripts read, as they read it. */
export function embedded(html: string) {
  const json = (id: string) =>
    JSON.parse(new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, 's').exec(html)![1]!);
  const bytes = Buffer.from(json('eigenvalues'), 'base64');
  const eigenvalues = new Float64Array(new Uint8Array(bytes).buffer);
  return { data: json('page-data'), eigenvalues, bytes };
}
