"""One `reconstruct_csv_from_npy_data` of Python delve 0.1.50: recompute_python.py DUMP THRESHOLD CSV. Prints the seconds of its imports and of the call."""

import json
import sys
import time

start = time.perf_counter()
import torch
from delve import reconstruct_csv_from_npy_data

imported = time.perf_counter()
dump, threshold, csv = sys.argv[1:]
torch.set_num_threads(2)
reconstruct_csv_from_npy_data(dump, savefile=csv, thresh=float(threshold))
print(json.dumps({'imports': imported - start, 'call': time.perf_counter() - imported}))
