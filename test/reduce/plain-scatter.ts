import type { ScatterKernel } from '../../src/reduce/job.js';

type KernelOnNumbers = Pick<
  ScatterKernel,
  'packRows32' | 'packRows64' | 'packChannels32' | 'packChannels64' | 'multiplyPanels' | 'subtractOuter'
>;

/** The scatter kernel in plain TypeScript, one number at a time; `sliverBytes` as the compiled one has it. */
export function plainScatter(memory: SharedArrayBuffer, sliverBytes: number): KernelOnNumbers {
  const view = new DataView(memory);
  const load = (address: number) => view.getFloat64(address, true);
  const store = (address: number, value: number) => view.setFloat64(address, value, true);
  const entry = (panel: number, feature: number, point: number) =>
    panel + Math.floor(feature / 4) * sliverBytes + point * 32 + (feature % 4) * 8;

  const pack =
    (element: (address: number) => number, size: number, layout: 'rows' | 'channels') =>
    (
      source: number,
      stride: number,
      count: number,
      features: number,
      panel: number,
      shift: number,
      sums: number,
    ) => {
      for (let f = 0; f < Math.ceil(features / 4) * 4; f++) {
        for (let k = 0; k < count; k++) {
          const at = layout === 'rows' ? k * stride + f * size : f * stride + k * size;
          const x = f < features ? element(source + at) - load(shift + f * 8) : 0;
          store(entry(panel, f, k), x);
          if (f < features) store(sums + f * 8, load(sums + f * 8) + x);
        }
      }
    };
  const float32 = (address: number) => view.getFloat32(address, true);

  return {
    packRows32: pack(float32, 4, 'rows'),
    packRows64: pack(load, 8, 'rows'),
    packChannels32: pack(float32, 4, 'channels'),
    packChannels64: pack(load, 8, 'channels'),
    multiplyPanels(a, b, count, c, rowBytes, rows, columns, diagonal) {
      for (let j = 0; j < columns * 4; j++) {
        for (let i = 0; i < rows * 4; i++) {
          if (diagonal && Math.floor(i / 4) > Math.floor(j / 4)) continue;
          let sum = 0;
          for (let k = 0; k < count; k++) sum += load(entry(a, i, k)) * load(entry(b, j, k));
          store(c + i * rowBytes + j * 8, load(c + i * rowBytes + j * 8) + sum);
        }
      }
    },
    subtractOuter(c, rowBytes, rows, columns, weight, a, b) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const at = c + i * rowBytes + j * 8;
          store(at, load(at) - weight * load(a + i * 8) * load(b + j * 8));
        }
      }
    },
  };
}
