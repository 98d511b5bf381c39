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
  /** The class of each image, if there are folders. */
  labels?: readonly string[] | undefined;
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
      ...(collection.labels && { labels: collection.labels }),
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

/** The class of each image, which is the folder that it is in ('' for one that is in none); undefined where there are no folders. */
export function labelsOf(names: readonly string[]): string[] | undefined {
  const labels = names.map((name) => name.slice(0, Math.max(0, name.indexOf('/'))));
  return labels.some((label) => label !== '') ? labels : undefined;
}

/** How many images there are of each class. */
export function classesOf(labels: readonly string[]): Record<string, number> {
  const classes = new Map<string, number>();
  for (const label of labels) if (label !== '') classes.set(label, (classes.get(label) ?? 0) + 1);
  return Object.fromEntries(classes);
}
