"""Makes the official Dynamic Perceiver models (GitHub LeapLabTHU/Dynamic_Perceiver, MIT) importable in this environment.

Takes a checkout of commit 0d2a6299 from $DYN_PERCEIVER (default /tmp/dyn). Its `einops` is stood in for by the five patterns it uses, and
its constructors' habits (a forward pass at 224 that prints and writes flops.txt, a 1000-class trunk head) are worked around here.
"""

import contextlib
import importlib
import io
import os
import sys
import tempfile
import types
import warnings

import torch

warnings.filterwarnings('ignore')

MODULES = {'resnet': 'dyn_perceiver_resnet', 'regnet': 'dyn_perceiver_regnet', 'mobilenetv3': 'dyn_perceiver_mobilenet_v3'}


def rearrange(x, pattern, h=None, w=None):
    if pattern == 'b c ... -> b (...) c':
        return x.flatten(2).transpose(1, 2)
    if pattern == 'b (h w) c -> b c h w':
        return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], h, w)
    if pattern == 'b n (h c) -> (b h) n c':
        b, n, c = x.shape
        return x.reshape(b, n, h, c // h).transpose(1, 2).reshape(b * h, n, c // h)
    if pattern == '(b h) n c -> b n (h c)':
        bh, n, c = x.shape
        return x.reshape(bh // h, h, n, c).transpose(1, 2).reshape(bh // h, n, h * c)
    raise ValueError(pattern)


def repeat(x, pattern, b):
    assert pattern == '... -> b ...', pattern
    return x.expand(b, *x.shape)


def load(trunk):
    """The module of the official code that has the models beside `trunk`."""
    if 'einops' not in sys.modules:
        shim = types.ModuleType('einops')
        shim.rearrange, shim.repeat = rearrange, repeat
        sys.modules['einops'] = shim
        sys.path.insert(0, os.environ['DYN_PERCEIVER'])
        # The package's own __init__ asks for all three families at once.
        package = types.ModuleType('models')
        package.__path__ = [os.path.join(sys.path[0], 'models')]
        sys.modules['models'] = package
    return importlib.import_module(f'models.{MODULES[trunk]}')


def create(trunk, name, classes=1000, **options):
    """An official model with all drop rates at 0, and the MACs it counts itself at 224×224 for its four exits."""
    module = load(trunk)
    options = {'SA_widening_factor': 4, 'spatial_reduction': True, 'depth_factor': [1, 1, 1, 1], **options}
    with tempfile.TemporaryDirectory() as out, contextlib.redirect_stdout(io.StringIO()) as said:
        if trunk == 'resnet':
            options.update(drop_rate=0.0, drop_path_rate=0.0)
        model = getattr(module, name)(num_classes=classes, output_dir=out, **options)
        path = os.path.join(out, 'flops.txt')
        macs = [round(float(line) * 1e9) for line in open(path)] if os.path.exists(path) else None
    if classes != 1000 and isinstance(model.classifier_cnn, torch.nn.Linear):
        model.classifier_cnn = torch.nn.Linear(model.classifier_cnn.in_features, classes)
    for m in model.modules():
        if isinstance(m, torch.nn.Dropout):
            m.p = 0.0
    del said
    return model, macs
