import type { Dataset, OpenOptions } from './dataset.js';
import { ImageDecoder } from './image-decoder.js';
import type { ImageSource, ImageTarget } from './image-job.js';
import { wantedImages } from './image-target.js';

/** Images that are one dataset, however they are stored. */
export interface ImageCollection {
  /** What they were read from, for messages. */
  path: string;
  samples: number;
  /** Where the bytes of an image are, and how messages name it. */
  locate(sample: number): Promise<{ source: ImageSource; name: string }>;
  notes: string[];
  details: Record<string, unknown>;
  blocks?: readonly number[];
  close(): Promise<void>;
}

/**
 * Images as samples of (height, width, channels) numbers from 0 to 255, float32, resized to what the model takes. All images of a
 * slice are decoded side by side, on other threads.
 */
export async function imageDataset(collection: ImageCollection, options: OpenOptions): Promise<Dataset> {
  const { path, samples, locate, blocks } = collection;
  const { height: fixedHeight, width: fixedWidth, ...wanted } = wantedImages(path, options);
  const decoder = new ImageDecoder(options.signal);
  const notes = [...collection.notes];
  const decode = async (sample: number, target: ImageTarget) => {
    const { source, name } = await locate(sample);
    return decoder.decode(source, target, name);
  };
  try {
    let [height, width] = [fixedHeight, fixedWidth];
    if (height === undefined || width === undefined) {
      const first = await decode(0, { ...wanted, size: undefined });
      height ??= first.height;
      width ??= first.width;
      notes.push(
        `${path}: the model takes images of any size: all are resized to that of the first, ${height} x ${width} (height x width); --image-size sets another`,
      );
    }
    const { channels } = wanted;
    const target: ImageTarget = { ...wanted, size: [height, width] };
    const size = height * width * channels;
    const readAt = async (wantedSamples: readonly number[]) => {
      const images = await Promise.all(wantedSamples.map((sample) => decode(sample, target)));
      const data = new Float32Array(images.length * size);
      images.forEach(({ pixels }, i) => {
        data.set(pixels, i * size);
      });
      return [{ dtype: 'float32' as const, shape: [images.length, height, width, channels], data }];
    };
    return {
      path,
      samples,
      arrays: [
        { key: undefined, dtype: 'float32', sampleShape: [height, width, channels], channels: 'last' },
      ],
      notes,
      details: {
        ...collection.details,
        imageSize: [height, width],
        imageResize: wanted.resize,
        imageAntialias: wanted.antialias,
      },
      ...(blocks && { blocks }),
      read: (start, end) => readAt(Array.from({ length: end - start }, (_, i) => start + i)),
      readAt: (chosen) => readAt(Array.from(chosen)),
      async close() {
        await decoder.close();
        await collection.close();
      },
    };
  } catch (error) {
    await decoder.close();
    throw error;
  }
}

/** How many images there are of each class, which is the folder that they are in. */
export function classesOf(names: readonly string[]): Record<string, number> | undefined {
  const classes = new Map<string, number>();
  for (const name of names) {
    const at = name.indexOf('/');
    if (at > 0) classes.set(name.slice(0, at), (classes.get(name.slice(0, at)) ?? 0) + 1);
  }
  return classes.size > 0 ? Object.fromEntries(classes) : undefined;
}
