/**
 * Images as arrays of float32, rows of pixels of `channels` numbers.
 *
 * @typedef {{ pixels: ArrayLike<number>, height: number, width: number, channels: number }} Pixels
 */

/**
 * Resized with a triangle filter, pixel centres at halves: what PIL, torchvision and tf.image.resize call bilinear. With
 * `antialias` the filter widens where the image becomes smaller, so that every pixel counts; without, the four nearest do,
 * as tf.image.resize has it by default. Not rounded.
 *
 * @param {Pixels} image
 * @param {number} height
 * @param {number} width
 * @param {boolean} antialias
 * @returns {Float32Array<ArrayBuffer>}
 */
function resample(image, height, width, antialias) {
  const { pixels, channels } = image;
  if (image.height === height && image.width === width) return Float32Array.from(pixels);
  const columns = triangleWeights(image.width, width, antialias);
  const rows = triangleWeights(image.height, height, antialias);
  const across = scratch(image.height * width * channels);
  // Rows that no result depends on are not worked on: without antialiasing that is most of a large image.
  const used = new Uint8Array(image.height);
  for (let y = 0; y < height; y++) {
    used.fill(1, rows.starts[y], (rows.starts[y] ?? 0) + (rows.counts[y] ?? 0));
  }
  for (let y = 0; y < image.height; y++) {
    if (used[y])
      resampleRow(pixels, y * image.width * channels, across, y * width * channels, channels, columns);
  }
  const result = new Float32Array(height * width * channels);
  const length = width * channels;
  for (let y = 0; y < height; y++) {
    const start = rows.starts[y] ?? 0;
    const count = rows.counts[y] ?? 0;
    // Two rows at a time: half as often is the result read and written.
    for (let k = 0; k < count; k += 2) {
      const other = Math.min(k + 1, count - 1);
      const weight = rows.weights[y * rows.most + k] ?? 0;
      const otherWeight = other > k ? (rows.weights[y * rows.most + other] ?? 0) : 0;
      addRows(
        across,
        (start + k) * length,
        (start + other) * length,
        result,
        y * length,
        length,
        weight,
        otherWeight,
      );
    }
  }
  return result;
}

let kept = new Float32Array(0);

/**
 * Room for so many numbers, whatever they are. It is kept for the next image: to allocate it anew costs as much as to fill it.
 *
 * @param {number} length
 */
function scratch(length) {
  if (kept.length < length || kept.length > 4 * length + (1 << 20)) kept = new Float32Array(length);
  return kept;
}

/**
 * @typedef {{ starts: Int32Array, counts: Int32Array, weights: Float64Array, most: number }} Weights
 * The source positions that each target position depends on, `most` weights a position.
 */

/**
 * @param {number} from
 * @param {number} to
 * @param {boolean} antialias
 * @returns {Weights}
 */
function triangleWeights(from, to, antialias) {
  const scale = from / to;
  const support = antialias ? Math.max(1, scale) : 1;
  const most = 2 * Math.ceil(support) + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Float64Array(to * most);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let k = 0; k < end - start; k++) {
      const weight = Math.max(0, 1 - Math.abs((start + k - centre + 0.5) / support));
      weights[i * most + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < end - start; k++) weights[i * most + k] = (weights[i * most + k] ?? 0) / sum;
    starts[i] = start;
    counts[i] = end - start;
  }
  return { starts, counts, weights, most };
}

/**
 * @param {ArrayLike<number>} source
 * @param {number} from
 * @param {Float32Array} target
 * @param {number} to
 * @param {number} channels
 * @param {Weights} columns
 */
function resampleRow(source, from, target, to, channels, { starts, counts, weights, most }) {
  for (let x = 0; x < starts.length; x++) {
    const first = from + (starts[x] ?? 0) * channels;
    const count = counts[x] ?? 0;
    if (channels === 3) {
      // The usual case in one pass, which takes half the time.
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let k = 0, at = first; k < count; k++, at += 3) {
        const weight = weights[x * most + k] ?? 0;
        red += (source[at] ?? 0) * weight;
        green += (source[at + 1] ?? 0) * weight;
        blue += (source[at + 2] ?? 0) * weight;
      }
      target[to + 3 * x] = red;
      target[to + 3 * x + 1] = green;
      target[to + 3 * x + 2] = blue;
      continue;
    }
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0, at = first + c; k < count; k++, at += channels) {
        sum += (source[at] ?? 0) * (weights[x * most + k] ?? 0);
      }
      target[to + x * channels + c] = sum;
    }
  }
}

/**
 * @param {Float32Array} source
 * @param {number} one
 * @param {number} other
 * @param {Float32Array} target
 * @param {number} to
 * @param {number} length
 * @param {number} weight
 * @param {number} otherWeight
 */
function addRows(source, one, other, target, to, length, weight, otherWeight) {
  for (let i = 0; i < length; i++) {
    target[to + i] =
      (target[to + i] ?? 0) + (source[one + i] ?? 0) * weight + (source[other + i] ?? 0) * otherWeight;
  }
}

/**
 * An image with the height and width wanted: stretched (`fill`); the largest part around its centre that has the same shape
 * (`center-crop`); or whole, between black bars (`fit`). Rounded as image_dataset_from_directory of Keras rounds.
 *
 * @param {Pixels} image
 * @param {number} height
 * @param {number} width
 * @param {'fill' | 'fit' | 'center-crop'} how
 * @param {boolean} antialias
 */
export function resize(image, height, width, how, antialias) {
  if (how === 'fit') return fitted(image, height, width, antialias);
  return resample(how === 'fill' ? image : cropped(image, height, width), height, width, antialias);
}

/**
 * As smart_resize crops.
 *
 * @param {Pixels} image
 * @param {number} height
 * @param {number} width
 * @returns {Pixels}
 */
function cropped(image, height, width) {
  const { channels } = image;
  const rows = Math.max(1, Math.min(image.height, Math.trunc((image.width * height) / width)));
  const columns = Math.max(1, Math.min(image.width, Math.trunc((image.height * width) / height)));
  if (rows === image.height && columns === image.width) return image;
  const top = Math.trunc((image.height - rows) / 2);
  const left = Math.trunc((image.width - columns) / 2);
  const pixels = new Uint8Array(rows * columns * channels);
  for (let y = 0; y < rows; y++) {
    const from = ((y + top) * image.width + left) * channels;
    for (let i = 0; i < columns * channels; i++) {
      pixels[y * columns * channels + i] = image.pixels[from + i] ?? 0;
    }
  }
  return { pixels, height: rows, width: columns, channels };
}

/**
 * As tf.image.resize_with_pad resizes and pads.
 *
 * @param {Pixels} image
 * @param {number} height
 * @param {number} width
 * @param {boolean} antialias
 */
function fitted(image, height, width, antialias) {
  const { channels } = image;
  const ratio = Math.max(image.width / width, image.height / height);
  const rows = Math.max(1, Math.floor(image.height / ratio));
  const columns = Math.max(1, Math.floor(image.width / ratio));
  const inner = resample(image, rows, columns, antialias);
  if (rows === height && columns === width) return inner;
  const top = Math.max(0, Math.floor((height - image.height / ratio) / 2));
  const left = Math.max(0, Math.floor((width - image.width / ratio) / 2));
  const result = new Float32Array(height * width * channels);
  const length = columns * channels;
  for (let y = 0; y < rows; y++) {
    result.set(inner.subarray(y * length, (y + 1) * length), ((y + top) * width + left) * channels);
  }
  return result;
}

/**
 * Red, green and blue as grey: ITU-R 601 luma in PIL's arithmetic, which leaves grey as it is.
 *
 * @param {Pixels} image with three channels
 * @returns {Pixels}
 */
export function grey({ pixels, height, width }) {
  const luma = new Uint8Array(height * width);
  for (let i = 0; i < luma.length; i++) {
    luma[i] =
      ((pixels[3 * i] ?? 0) * 19595 +
        (pixels[3 * i + 1] ?? 0) * 38470 +
        (pixels[3 * i + 2] ?? 0) * 7471 +
        0x8000) >>
      16;
  }
  return { pixels: luma, height, width, channels: 1 };
}
