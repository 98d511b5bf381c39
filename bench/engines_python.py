"""Samples a second of Python TensorFlow, PyTorch and Python delve, once under way: engines_python.py NETWORK PIXELS MODEL BATCH BATCHES THREADS WHO MODE."""

import os

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import json
import sys
import time

network, pixels, model, batch, batches, threads, who, mode = sys.argv[1:]
pixels, batch, batches, threads = int(pixels), int(batch), int(batches), int(threads)


def rate(step):
    step()
    start = time.perf_counter()
    for _ in range(batches):
        step()
    return batch * batches / (time.perf_counter() - start)


if who == 'tensorflow':
    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    net = keras.saving.load_model(model + '.keras')
    if mode != 'forward':
        kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)
        outputs = [layer.output for layer in net.layers if isinstance(layer, kinds)]
        net = keras.Model(net.inputs, outputs)
    x = tf.constant(np.sin(np.arange(batch * pixels * pixels * 3) * 0.37).astype('float32').reshape(batch, pixels, pixels, 3))

    @tf.function
    def covariances(outputs):
        # What it takes to have the same: mean and scatter of every layer in float64, the batch's own.
        results = []
        for output in outputs:
            rows = tf.cast(tf.reshape(output, (-1, output.shape[-1])), tf.float64)
            centred = rows - tf.reduce_mean(rows, 0, keepdims=True)
            results.append(tf.matmul(centred, centred, transpose_a=True))
        return results

    @tf.function
    def forward(x):
        return net(x, training=False)

    def step():
        outputs = forward(x)
        if mode == 'recorded':
            outputs = covariances(outputs)
        for output in tf.nest.flatten(outputs):
            output.numpy()

    result = {'rate': rate(step), 'engine': f'TensorFlow {tf.__version__}'}
else:
    import torch
    import torchvision

    torch.set_num_threads(threads)
    net = getattr(torchvision.models, network)(num_classes=10).eval()
    x = torch.sin(torch.arange(batch * pixels * pixels * 3) * 0.37).reshape(batch, 3, pixels, pixels)
    if mode == 'recorded':
        import tempfile

        from delve import SaturationTracker

        tracker = SaturationTracker(tempfile.mkdtemp() + '/run', ['csv'], net, stats=['lsat'], device='cpu')
    elif mode == 'tapped':
        kept = []
        for module in net.modules():
            if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
                module.register_forward_hook(lambda _module, _input, output: kept.append(output.clone()))

    def step():
        with torch.no_grad():
            net(x)
        if mode == 'tapped':
            kept.clear()

    result = {'rate': rate(step), 'engine': f'torch {torch.__version__}'}
print(json.dumps(result))
