"""Writes src/graph/ops/fixtures/*.json: nice /work/peers/bin/python reference/ops/record_all.py [family ...]"""

import importlib
import sys

FAMILIES = ['elementwise', 'matmul', 'conv', 'pool', 'norm', 'reduce', 'shape', 'resize', 'more', 'special', 'detection']

if __name__ == '__main__':
    results = [importlib.import_module(name).build().write() for name in sys.argv[1:] or FAMILIES]
    sys.exit(0 if all(results) else 1)
