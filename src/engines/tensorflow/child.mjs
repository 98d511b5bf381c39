/**
 * The process in which TensorFlow runs: it loads tfjs-node-gpu's binding from the folder that its parent names, and does what the parent
 * asks for. TensorFlow writes lines of its own to stderr, holds its thread while it computes, and ends its process where CUDA
 * fails: none of that is to happen to delve.
 */
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { readFrames, writeFrame } from './frames.mjs';

/**
 * @typedef {import('./binding.js').TensorflowBinding} Binding
 * @typedef {import('./binding.js').FedArray} FedArray
 * @typedef {import('./binding.js').Asks} Asks
 * @typedef {import('./binding.js').Answers} Answers
 */

// Ctrl-C goes to all processes of a terminal: the parent decides what becomes of this one.
process.on('SIGINT', () => {});

const [folder = ''] = process.argv.slice(2);
const input = new Socket({ fd: 3, readable: true, writable: false });
const output = new Socket({ fd: 4, readable: false, writable: true });

/** @type {Binding | undefined} */
let loaded;

function binding() {
  if (!loaded) {
    const require = createRequire(join(folder, 'package.json'));
    loaded = require(require('@mapbox/node-pre-gyp').find(join(folder, 'package.json')));
  }
  return /** @type {Binding} */ (loaded);
}

/** @type {{ [A in keyof Asks]: (ask: Asks[A], arrays: FedArray[]) => { answer: Answers[A], arrays?: FedArray[] } }} */
const HANDLERS = {
  start: () => ({ answer: { library: binding().TF_Version, gpu: binding().isUsingGpuDevice() } }),
  load: (ask) => ({ answer: { session: binding().loadSavedModel(ask.folder, 'serve') } }),
  run: ({ session, inputs, fetch }, arrays) => {
    const tensors = inputs.map((each) => createTensor(each, each.strings ? undefined : arrays.shift()));
    const names = inputs.map(({ name }) => `${name}:0`);
    try {
      const outputs = binding().runSavedModel(session, tensors, names.join(','), fetch.join(','));
      const data = outputs.map(({ id }) => binding().tensorDataSync(id));
      for (const { id } of outputs) binding().deleteTensor(id);
      return { answer: { shapes: outputs.map(({ shape }) => shape) }, arrays: data };
    } finally {
      for (const tensor of tensors) binding().deleteTensor(tensor);
    }
  },
  unload: ({ session }) => {
    binding().deleteSavedModel(session);
    return { answer: {} };
  },
};

/** @param {import('./binding.js').FedTensor} tensor @param {FedArray | undefined} data */
function createTensor({ shape, dtype, strings = [] }, data) {
  const { TF_FLOAT, TF_INT32, TF_UINT8, TF_BOOL, TF_STRING } = binding();
  const types = { float32: TF_FLOAT, int32: TF_INT32, uint8: TF_UINT8, bool: TF_BOOL, string: TF_STRING };
  const texts = new TextEncoder();
  return binding().createTensor(shape, types[dtype], data ?? strings.map((text) => texts.encode(text)));
}

readFrames(input, ({ header, arrays }) => {
  try {
    const handler = HANDLERS[/** @type {keyof Asks} */ (header.ask)];
    const { answer, arrays: results = [] } = handler(/** @type {any} */ (header), arrays);
    writeFrame(output, answer, results);
  } catch (error) {
    writeFrame(output, { error: error instanceof Error ? error.message : String(error) }, []);
  }
});
// The parent has ended.
input.on('end', () => process.exit());
