"""Samples a second of both engines, of Python TensorFlow and of PyTorch with Python delve 0.1.50, once under way.

    python bench/engines.py [--rounds 5] [--batches 4] [--batch-size 64] [--threads 2] [--python PYTHON] [NETWORK ...]

Forward: the network alone. Tapped: every layer's output is handed out. Recorded: every layer's float64 covariance is gathered; for Python
TensorFlow the covariance of each batch in a graph of its own, for PyTorch by Python delve. The network is the same for the first three
(Keras's, with random weights); PyTorch has torchvision's of the same architecture. Contenders take turns, round by round. Prints a Markdown
table; docs/engines.md holds one. Needs the engine tensorflow (`delve setup tensorflow`) and fixtures/make/requirements.txt.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
NETWORKS = {'ResNet50, 64 px': ('ResNet50', 'resnet50', 64), 'MobileNetV2, 96 px': ('MobileNetV2', 'mobilenet_v2', 96)}
MODES = ('forward', 'tapped', 'recorded')
BUILD = """
import os, sys; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras
name, pixels, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
keras.utils.set_random_seed(1)
model = getattr(keras.applications, name)(weights=None, input_shape=(pixels, pixels, 3), classes=10)
model.save(path + '.keras'); model.export(path, verbose=False)
"""


def run(command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'{" ".join(command)} failed ({done.returncode}):\n{done.stderr[-2000:]}')
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(title, options):
    keras_name, torch_name, pixels = NETWORKS[title]
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / 'model')
        subprocess.run([options.python, '-c', BUILD, keras_name, str(pixels), model], check=True, capture_output=True)
        numbers = [str(options.batch_size), str(options.batches), str(options.threads)]
        ours = lambda engine, mode: ['node', 'bench/engines.mjs', model, *numbers, engine, mode]
        python = lambda who, mode: [options.python, 'bench/engines_python.py', torch_name, str(pixels), model, *numbers, who, mode]
        contenders = {
            'delve, onnx': lambda mode: ours('onnx', mode),
            'delve, tensorflow': lambda mode: ours('tensorflow', mode),
            'Python TensorFlow': lambda mode: python('tensorflow', mode),
            'PyTorch, Python delve': lambda mode: python('torch', mode),
        }
        rates = {(who, mode): [] for who in contenders for mode in MODES}
        for _ in range(options.rounds):
            for who, command in contenders.items():
                for mode in MODES:
                    result = run(command(mode))
                    rates[who, mode].append(result['rate'])
                    print(f'  {title} {who} {mode} {result["rate"]:.0f}/s', file=sys.stderr, flush=True)
    return rates


def row(title, who, rates):
    spread = lambda mode: f'{statistics.median(rates[who, mode]):.0f} ({min(rates[who, mode]):.0f}-{max(rates[who, mode]):.0f})'
    ratio = lambda a, b: statistics.median(x / y for x, y in zip(a, b))
    cost = [ratio(rates[who, 'forward'], rates[who, mode]) for mode in ('tapped', 'recorded')]
    against = ratio(rates[who, 'recorded'], rates['PyTorch, Python delve', 'recorded'])
    return f'| {title} | {who} | {" | ".join(map(spread, MODES))} | {cost[0]:.2f} | {cost[1]:.2f} | {against:.2f} |'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('networks', nargs='*', metavar='NETWORK', help='; '.join(NETWORKS))
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--batches', type=int, default=4)
    parser.add_argument('--batch-size', type=int, default=64)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--python', default=sys.executable)
    options = parser.parse_args()
    os.environ['OMP_NUM_THREADS'] = str(options.threads)
    lines = []
    for title in NETWORKS:
        if options.networks and title not in options.networks:
            continue
        rates = measure(title, options)
        lines += [row(title, who, rates) for who in dict.fromkeys(who for who, _ in rates)]
    print(f'Samples a second, medians (extremes) of {options.rounds} rounds of {options.batches} batches of {options.batch_size}, {options.threads} threads. '
          'Cost: how many times as long as the network alone. Last column: recorded, times Python delve.\n')
    print('| network | who | forward | tapped | recorded | cost of taps | of recording | against Python delve |')
    print('| --- | --- | --- | --- | --- | --- | --- | --- |')
    print('\n'.join(lines))


main()
