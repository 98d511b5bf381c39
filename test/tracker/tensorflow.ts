import * as tf from '@tensorflow/tfjs';

// In Node its pure JavaScript backend would tell on its first use that there is a faster one.
tf.env().set('IS_TEST', true);
await tf.setBackend('cpu');

export { tf };
