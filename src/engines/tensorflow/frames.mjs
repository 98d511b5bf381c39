/**
 * Messages between a process and its child through a pair of pipes: a header of JSON, and arrays of numbers behind it as they are in
 * memory. Node's own channel for messages copies large arrays several times.
 *
 * @typedef {Float32Array | Int32Array | Uint8Array} FrameArray
 * @typedef {'float32' | 'int32' | 'uint8'} FrameType
 * @typedef {{ header: Record<string, unknown>, arrays: FrameArray[] }} Frame
 */

const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

/** @param {FrameArray} array @returns {FrameType} */
function typeOf(array) {
  if (array instanceof Float32Array) return 'float32';
  return array instanceof Int32Array ? 'int32' : 'uint8';
}

/**
 * Writes a message. The arrays must not change before it has been answered.
 *
 * @param {NodeJS.WritableStream} stream
 * @param {Record<string, unknown>} header
 * @param {readonly FrameArray[]} arrays
 */
export function writeFrame(stream, header, arrays) {
  const described = arrays.map((array) => [typeOf(array), array.byteLength]);
  const text = Buffer.from(JSON.stringify({ header, arrays: described }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  stream.write(Buffer.concat([length, text]));
  for (const { buffer, byteOffset, byteLength } of arrays) {
    // A stream takes an empty piece for its end.
    if (byteLength > 0) stream.write(Buffer.from(buffer, byteOffset, byteLength));
  }
}

/**
 * Reads messages as their pieces arrive.
 *
 * @param {NodeJS.ReadableStream} stream
 * @param {(frame: Frame) => void} onFrame
 */
export function readFrames(stream, onFrame) {
  /** What is being filled, what is in it, and what to do when it is full. @type {Buffer} */
  let target = Buffer.alloc(4);
  let filled = 0;
  /** @type {() => void} */
  let next = startHeader;

  /** @param {Buffer} into @param {() => void} then */
  function fill(into, then) {
    target = into;
    filled = 0;
    next = then;
  }
  function startHeader() {
    const text = Buffer.alloc(target.readUInt32LE(0));
    fill(text, () => {
      const { header, arrays } = JSON.parse(text.toString('utf8'));
      readArrays(header, arrays, []);
    });
  }
  /** @param {Record<string, unknown>} header @param {[FrameType, number][]} left @param {FrameArray[]} arrays */
  function readArrays(header, [first, ...left], arrays) {
    if (!first) {
      fill(Buffer.alloc(4), startHeader);
      onFrame({ header, arrays });
      return;
    }
    const [type, bytes] = first;
    const memory = new ArrayBuffer(bytes);
    const done = () => readArrays(header, left, [...arrays, new ARRAYS[type](memory)]);
    if (bytes === 0) done();
    else fill(Buffer.from(memory), done);
  }

  stream.on('data', (/** @type {Buffer} */ chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(chunk.length - at, target.length - filled);
      chunk.copy(target, filled, at, at + taken);
      at += taken;
      filled += taken;
      if (filled === target.length) next();
    }
  });
}
