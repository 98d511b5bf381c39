import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../../errors.js';

const EXPORT_HINT = 'export one with model.export("folder") or tf.saved_model.save(model, "folder")';

/** What a folder without a saved_model.pb may be instead, told by the files in it, and what to do then. */
const OTHERS: readonly [RegExp, string][] = [
  [/^saved_model\.pbtxt$/, 'a saved_model.pbtxt, the text form; load it with TensorFlow and save it again'],
  [
    /^config\.json$/,
    `what looks like an unpacked .keras file or a model hub's folder; load it and ${EXPORT_HINT}`,
  ],
  [/^model\.json$/, `a TensorFlow.js model; ${EXPORT_HINT} from the model that it was converted from`],
  [/\.(keras|h5|hdf5)$/, `a Keras file; load it with keras.models.load_model and ${EXPORT_HINT}`],
  [/\.(pt|pth|safetensors|ckpt)$/, 'a file of PyTorch weights; export the model with torch.onnx.export'],
  [/\.tflite$/, `a TensorFlow Lite model; ${EXPORT_HINT} from the model that it was converted from`],
  [/\.onnx$/, 'an ONNX file; give the file itself'],
  [
    /\.index$|^checkpoint$/,
    `a checkpoint, which holds weights without the network; load it into its model and ${EXPORT_HINT}`,
  ],
  [
    /^(keras_metadata\.pb|variables|assets|fingerprint\.pb)$/,
    'parts of a SavedModel without its saved_model.pb; copy the whole folder',
  ],
];

/**
 * The bytes of a SavedModel folder's saved_model.pb.
 * @throws UserError if there is none, saying what is there instead
 */
export function readSavedModelFile(folder: string): { bytes: Buffer; file: string } {
  const file = join(folder, 'saved_model.pb');
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats) throw new UserError(`There is no ${folder}: give the folder of a SavedModel.`);
  if (!stats.isDirectory()) {
    throw new UserError(
      basename(folder) === 'saved_model.pb'
        ? `${folder} is a file: give the folder that it is in.`
        : `${folder} is a file, not the folder of a SavedModel.`,
    );
  }
  try {
    return { bytes: readFileSync(file), file };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (existsSync(file)) throw new UserError(`${file} cannot be read: ${message}.`);
    throw new UserError(`${folder} has no saved_model.pb: ${foundInstead(folder)}.`);
  }
}

function foundInstead(folder: string): string {
  const names = readdirSync(folder).sort();
  if (names.length === 0) return 'it is empty';
  for (const [pattern, meaning] of OTHERS) {
    const found = names.find((name) => pattern.test(name));
    if (found) return `it holds ${found}, ${meaning}`;
  }
  const inner = names.find((name) => existsSync(join(folder, name, 'saved_model.pb')));
  if (inner) return `but ${join(folder, inner)} has one; give that folder`;
  const shown = names.slice(0, 5).join(', ');
  return `it holds ${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ''}; give the folder of a SavedModel`;
}
