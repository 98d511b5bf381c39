"""Times `delve record` against Python delve 0.1.50: whole processes, the same weights, the same samples.

    python bench/record.py [--runs 5] [--samples 512] [--batch-size 64] [--threads 2] [--python PYTHON] [MODEL ...]

Prints a Markdown table; docs/performance.md holds one. PYTHON is an interpreter with fixtures/make/requirements.txt.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn

ROOT = Path(__file__).parents[1]
MODELS = {'ResNet50, 64 px': ('resnet50', 64), 'MobileNetV2, 96 px': ('mobilenet_v2', 96)}


def prepare(folder, name, pixels, samples):
    """Writes the weights for Python, the unfused ONNX export, and the samples; all seeded."""
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)(num_classes=10).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 2)
    torch.save({'name': name, 'classes': 10, 'state': model.state_dict()}, folder / 'weights.pt')
    x = torch.randn(samples, 3, pixels, pixels)
    x = 0.5 + 0.3 * x + nn.functional.interpolate(torch.randn(samples, 3, 4, 4), size=pixels, mode='bicubic')
    np.save(folder / 'x.npy', x.numpy())
    torch.onnx.export(model, (x[:2],), str(folder / 'model.onnx'), dynamo=False, input_names=['input'],
                      output_names=['output'], training=torch.onnx.TrainingMode.EVAL, do_constant_folding=False,
                      dynamic_axes={'input': {0: 'batch'}, 'output': {0: 'batch'}})


def timed(command, environment):
    """(seconds, peak resident MB) of a whole process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f'{" ".join(command)} failed:\n{errors.decode()[-2000:]}')
    return seconds, usage.ru_maxrss / 1024


def columns(path):
    return path.read_text().splitlines()[0]


def measure(name, pixels, options):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(folder, name, pixels, options.samples)
        batch, threads = str(options.batch_size), str(options.threads)
        environment = {**os.environ, 'OMP_NUM_THREADS': threads, 'MKL_NUM_THREADS': threads}
        contenders = {
            'python': [options.python, str(ROOT / 'bench/python_delve.py'), str(folder / 'weights.pt'),
                       str(folder / 'x.npy'), str(folder / 'python'), batch, threads],
            'delve': ['node', str(ROOT / 'bin/delve.js'), 'record', str(folder / 'model.onnx'), '--data',
                      str(folder / 'x.npy'), '--out', str(folder / 'delve'), '--stats', 'lsat,idim,trc,cov',
                      '--batch-size', batch, '--threads', threads, '--quiet'],
        }
        runs = {contender: [] for contender in contenders}
        for _ in range(options.runs):
            for contender, command in contenders.items():
                runs[contender].append(timed(command, environment))
                print(f'  {name} {contender} {runs[contender][-1][0]:.1f} s', file=sys.stderr, flush=True)
        if columns(folder / 'python.csv') != columns(folder / 'delve.csv'):
            sys.exit(f'{name}: the two recorded different columns')
        return runs


def row(title, runs):
    python, ours = ([seconds for seconds, _ in runs[who]] for who in ('python', 'delve'))
    ratios = [p / o for p, o in zip(python, ours)]
    memory = [max(peak for _, peak in runs[who]) for who in ('python', 'delve')]
    spread = lambda values: f'{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})'
    return (f'| {title} | {spread(python)} | {spread(ours)} | {statistics.median(ratios):.2f} '
            f'({min(ratios):.2f}-{max(ratios):.2f}) | {memory[0]:.0f} | {memory[1]:.0f} |')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('models', nargs='*', metavar='MODEL', help='; '.join(MODELS))
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--samples', type=int, default=512)
    parser.add_argument('--batch-size', type=int, default=64)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--python', default=sys.executable)
    options = parser.parse_args()
    rows = [row(title, measure(name, pixels, options))
            for title, (name, pixels) in MODELS.items() if not options.models or title in options.models]
    print(f'{options.samples} samples, batches of {options.batch_size}, {options.threads} threads, medians (extremes) '
          f'of {options.runs} alternating runs, whole processes; Python {sys.version.split()[0]}, torch {torch.__version__}.\n')
    print('| network | Python delve, s | delve, s | ratio | Python delve, peak MB | delve, peak MB |')
    print('| --- | --- | --- | --- | --- | --- |')
    print('\n'.join(rows))


main()
