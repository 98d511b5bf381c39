"""One recording by Python delve 0.1.50, as its documentation tells: python_delve.py WEIGHTS DATA OUT BATCH THREADS."""

import sys

import numpy as np
import torch
import torchvision
from delve import SaturationTracker

weights, data, out, batch_size, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
saved = torch.load(weights)
model = getattr(torchvision.models, saved['name'])(num_classes=saved['classes'])
model.load_state_dict(saved['state'])
model.eval()
tracker = SaturationTracker(out, ['csv', 'npy'], model, stats=['lsat', 'idim', 'trc', 'cov'], device='cpu')
samples = np.load(data, mmap_mode='r')
with torch.no_grad():
    for start in range(0, len(samples), int(batch_size)):
        model(torch.from_numpy(samples[start:start + int(batch_size)].copy()))
tracker.add_saturations()
tracker.close()
