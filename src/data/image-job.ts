import type { ImageResize } from './dataset.js';
import type { ZipEntry } from './zip-directory.js';

/** Where the bytes of an encoded image are. */
export type ImageSource =
  | { file: string }
  | { archive: string; entry: ZipEntry }
  | { bytes: Uint8Array<ArrayBuffer> };

/** What an image is to become. */
export interface ImageTarget {
  /** Height and width; undefined: nothing but its own size is asked for. */
  size: readonly [number, number] | undefined;
  channels: 1 | 3 | 4;
  resize: ImageResize;
  antialias: boolean;
  /** Values rounded to whole numbers. */
  whole: boolean;
}

export interface ImageJob {
  id: number;
  source: ImageSource;
  target: ImageTarget;
}

/** The image as height x width x channels numbers from 0 to 255; or what is wrong with it. */
export type ImageAnswer =
  | { id: number; pixels: Float32Array; height: number; width: number }
  | { id: number; failure: string };
