"""What the live screen costs: `delve record --progress live` beside `--progress none`, both in a terminal of 80 x 24, whole
processes, alternating.

    python3 bench/live.py MODEL DATA [--runs 5] [-- OPTIONS OF RECORD]      (after `npm run build`)
"""
import argparse
import fcntl
import os
import pty
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

DELVE = str(Path(__file__).parent.parent / 'bin' / 'delve.js')


def run(arguments):
    """Seconds that a command takes in a terminal of its own, those of the processor, and the bytes that it writes there."""
    started = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != 'CI'}
        os.execvpe('node', ['node', *arguments], {**environment, 'TERM': 'xterm-256color'})
    written = 0
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            chunk = b''
        if not chunk:
            break
        written += len(chunk)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - started
    os.close(terminal)
    if status != 0:
        sys.exit(f'node {" ".join(arguments)} ended with status {status}')
    return seconds, usage.ru_utime + usage.ru_stime, written


def spread(values):
    return f'{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('model')
    parser.add_argument('data')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('options', nargs='*')
    asked = parser.parse_args()
    times = {'none': [], 'live': []}
    cpu = {'none': [], 'live': []}
    written = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.runs):
            # Who goes first takes turns, too.
            for progress in ('none', 'live') if number % 2 == 0 else ('live', 'none'):
                out = f'{folder}/run'
                command = [DELVE, 'record', asked.model, '--data', asked.data, '--out', out, '--progress', progress]
                seconds, busy, count = run([*command, *asked.options])
                times[progress].append(seconds)
                cpu[progress].append(busy)
                if progress == 'live':
                    written.append(count / seconds / 1000)
                print(f'{progress} {seconds:.2f} s, processor {busy:.2f} s', file=sys.stderr)
    print('| | none, s | live, s | ratio |')
    for name, found in (('time', times), ('processor', cpu)):
        ratios = [live / none for live, none in zip(found['live'], found['none'])]
        print(f"| {name} | {spread(found['none'])} | {spread(found['live'])} | {spread(ratios)} |")
    print(f'written to the terminal: {statistics.median(written):.1f} KB/s')


if __name__ == '__main__':
    main()
