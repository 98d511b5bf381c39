import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochFile, epochOfFile, isQuantityName, layerInPath, quantityName } from '../../src/dump/layout.js';

describe('layerInPath', () => {
  it('leaves the names of layers alone, and escapes what file systems cannot hold', () => {
    expect(layerInPath('layer1-0-conv1')).toBe('layer1-0-conv1');
    expect(layerInPath('block_1#2 größe 層')).toBe('block_1#2 größe 層');
    expect(layerInPath('a/b\\c:d*?"<>|\n%')).toBe('a%2Fb%5Cc%3Ad%2A%3F%22%3C%3E%7C%0A%25');
    expect(layerInPath('..')).toBe('.%2E');
    expect(layerInPath('dense ')).toBe('dense%20');
  });

  it('gives different layers different names that fit, whatever they hold', () => {
    const layer = fc.string({ unit: 'grapheme', maxLength: 300 });
    fc.assert(
      fc.property(layer, layer, (a, b) => {
        expect(layerInPath(a) === layerInPath(b)).toBe(a === b);
        const file = epochFile(quantityName('train', 'covariance-log-determinant', a), 99_999, 'npz');
        expect(Buffer.byteLength(file)).toBeLessThanOrEqual(255);
        expect(file).not.toMatch(/[/\\:\0]/);
      }),
    );
  });

  it('tells long names apart that begin alike', () => {
    const long = 'encoder-'.repeat(40);
    expect(layerInPath(`${long}a`)).not.toBe(layerInPath(`${long}b`));
    expect(layerInPath(`${long}a`)).toMatch(/^(encoder-)+.*~[0-9a-f]{10}$/);
    expect(Buffer.byteLength(layerInPath('層'.repeat(200)))).toBeLessThanOrEqual(200);
  });
});

describe('names of a dump', () => {
  it('are those of the Python package', () => {
    const quantity = quantityName('eval', 'saturation', 'layer1-0-conv1');
    expect(quantity).toBe('_eval-saturation_layer1-0-conv1');
    expect(epochFile(quantity, 3, 'npy')).toBe('_eval-saturation_layer1-0-conv1_epoch3.npy');
  });

  it('are known again, and nothing else is', () => {
    expect(epochOfFile('_eval-saturation_a', '_eval-saturation_a_epoch12.npy')).toBe(12);
    expect(epochOfFile('_eval-saturation_a', '_eval-saturation_ab_epoch12.npy')).toBeUndefined();
    expect(epochOfFile('_eval-saturation_a', '_eval-saturation_a_epoch12.npy.bak')).toBeUndefined();
    expect(epochOfFile('_eval-saturation_a', 'notes.txt')).toBeUndefined();
    expect(isQuantityName('_train-covariance-matrix_fc')).toBe(true);
    expect(isQuantityName('average-eval-sat')).toBe(true);
    expect(isQuantityName('evaluation')).toBe(false);
  });
});
