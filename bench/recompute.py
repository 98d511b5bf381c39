"""Times `delve reconstruct-csv --threshold` against Python delve 0.1.50's `reconstruct_csv_from_npy_data`: whole processes, the same dump.

    python bench/recompute.py [--runs 3] [--python PYTHON] [MODEL ...]

The dump is one that Python delve wrote: torchvision's network with random weights at 64 px, all samples in one batch. `raw` computes all
eigenvalues (--no-cache), `cached` finds those that an earlier run kept in the user's cache, `kept` reads a dump that `delve record` wrote of the
same network, with its spectra beside the covariances. Runs alternate. It stops if the tables disagree. Prints a Markdown
table; docs/performance.md holds one. PYTHON is an interpreter with fixtures/make/requirements.txt.
"""

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torchvision
from delve import SaturationTracker

logging.disable(logging.INFO)
warnings.simplefilter('ignore')
ROOT = Path(__file__).parents[1]
MODELS = {'ResNet50': 'resnet50', 'ResNet18': 'resnet18'}
THRESHOLD = '0.9'
# Points enough that the widest covariance has full rank: 2 x 2 positions a sample.
SAMPLES = 640


def prepare(folder, name):
    """The dump of Python delve, and the network and samples that `delve record` takes."""
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)(num_classes=10).eval()
    x = torch.randn(SAMPLES, 3, 64, 64)
    np.save(folder / 'x.npy', x.numpy())
    torch.onnx.export(model, (x[:2],), str(folder / 'model.onnx'), dynamo=False, input_names=['input'],
                      output_names=['output'], training=torch.onnx.TrainingMode.EVAL, do_constant_folding=False,
                      dynamic_axes={'input': {0: 'batch'}, 'output': {0: 'batch'}})
    tracker = SaturationTracker(str(folder / 'python'), ['npy'], model, stats=['cov'], device='cpu')
    with torch.no_grad():
        model(x)
    tracker.add_saturations()
    tracker.close()
    delve(folder, 'record', folder / 'model.onnx', '--data', folder / 'x.npy', '--out', folder / 'kept', '--stats', 'cov',
          '--save-to', 'npy', '--quiet')


def environment(folder):
    return {**os.environ, 'OMP_NUM_THREADS': '2', 'MKL_NUM_THREADS': '2', 'DELVE_HOME': str(folder / 'home')}


def command(*args):
    return ['node', str(ROOT / 'bin/delve.js'), *map(str, args)]


def delve(folder, *args):
    subprocess.run(command(*args), check=True, cwd=ROOT, env=environment(folder))


def timed(folder, line):
    """(seconds, stdout) of a whole process."""
    start = time.perf_counter()
    done = subprocess.run(line, cwd=ROOT, env=environment(folder), capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f'{" ".join(line)} failed:\n{done.stderr[-2000:]}')
    return seconds, done.stdout


def table(path):
    """Saturations of a csv by layer, whoever named its columns."""
    frame = pd.read_csv(path, sep=';', index_col=0)
    return {column.lstrip('_'): frame[column].iloc[0] for column in frame.columns if '-saturation_' in column}


def measure(name, options):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(folder, name)
        again = lambda dump, *more: command('reconstruct-csv', folder / dump, '--threshold', THRESHOLD, '--threads', '2',
                                            '--quiet', '-o', folder / 'ours.csv', *more)
        contenders = {
            'python': [options.python, str(ROOT / 'bench/recompute_python.py'), str(folder / 'python'), THRESHOLD,
                       str(folder / 'python.csv')],
            'raw': again('python', '--no-cache'),
            'cached': again('python'),
            'kept': again('kept'),
        }
        timed(folder, contenders['cached'])
        runs = {contender: [] for contender in contenders}
        for _ in range(options.runs):
            for contender, line in contenders.items():
                seconds, out = timed(folder, line)
                runs[contender].append(seconds)
                if contender == 'python':
                    runs.setdefault('call', []).append(json.loads(out.splitlines()[-1])['call'])
                elif contender == 'kept' and set(table(folder / 'ours.csv')) != set(table(folder / 'python.csv')):
                    sys.exit(f'{name}: the recordings hold different layers')
                elif contender != 'kept' and table(folder / 'ours.csv') != table(folder / 'python.csv'):
                    sys.exit(f'{name}: {contender} gives other saturations')
                print(f'  {name} {contender} {seconds:.2f} s', file=sys.stderr, flush=True)
        widths = [np.load(file, mmap_mode='r').shape[0] for file in (folder / 'python').rglob('*.npy')]
        return runs, widths


def row(title, runs, widths):
    spread = lambda who: f'{statistics.median(runs[who]):.2f} ({min(runs[who]):.2f}-{max(runs[who]):.2f})'

    def ratio(whole, ours):
        each = [theirs / own for theirs, own in zip(runs[whole], runs[ours])]
        return f'{statistics.median(each):.1f} ({min(each):.1f}-{max(each):.1f})'

    cells = [title, f'{len(widths)}, {max(widths)}', spread('python'), spread('call')]
    for ours in ('raw', 'cached', 'kept'):
        cells += [spread(ours), ratio('python', ours), ratio('call', ours)]
    return f'| {" | ".join(cells)} |'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('models', nargs='*', metavar='MODEL', help='; '.join(MODELS))
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--python', default=sys.executable)
    options = parser.parse_args()
    rows = [row(title, *measure(name, options)) for title, name in MODELS.items()
            if not options.models or title in options.models]
    print(f'Seconds, medians (extremes) of {options.runs} alternating runs, 2 threads; Python {sys.version.split()[0]}, '
          f'torch {torch.__version__}.\n')
    heads = ['network', 'layers, widest', 'Python delve', 'without imports']
    for ours in ('raw', 'cached', 'kept'):
        heads += [ours, 'ratio', 'without imports']
    print(f'| {" | ".join(heads)} |\n|{" --- |" * len(heads)}')
    print('\n'.join(rows))


main()
