"""Writes src/models/mrl/fixtures/*.json from the authors' MRL code with formula weights. See recording.py.

Run with YOSEGI_MRL=<a clone of github.com/Shlokydo/MRL, bare or not>, which must have the branches mrl and mrl_commonqkv, and with the
package einops. Nothing of the clone is copied: its lib/models/cls_cvt.py is read from each branch and run. Two packages that it imports
but does not need for this (opt_einsum, scipy) may be missing. With YOSEGI_GROUPY=<a clone of github.com/adambielski/GrouPy> the group
convolution is recorded too: the authors use a GrouPy with `groups` that is not public, so here GrouPy transforms the kernels and torch's
grouped convolution uses them.
"""

import os
import subprocess
import sys
import tempfile
import types
from functools import partial

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from recording import record

BRANCHES = {(False, False): 'mrl', (True, False): 'mrl_commonqkv', (True, True): 'mrl_commonqkv_gconv'}
THREE = dict(widths=[64, 192, 384], heads=[1, 3, 6], regions=[4, 4, 2], localGroups=[1, 3, 6])
FOUR = dict(widths=[96, 192, 384, 768], regions=[4, 4, 2, 1])
VARIANTS = {
    'mrl_13': dict(THREE, depths=[1, 2, 10]),
    'mrl_tiny': dict(FOUR, heads=[3, 6, 12, 24], depths=[2, 2, 6, 2], localGroups=[1, 2, 8, 4]),
    'mrl_hover': dict(FOUR, heads=[1, 2, 4, 8], depths=[2, 2, 8, 2], localGroups=[1, 2, 4, 8]),
}
SMALL = dict(widths=[8, 12, 24], heads=[1, 3, 4], depths=[1, 2, 2], regions=[4, 2, 1], localGroups=[1, 3, 8])


def authors(branch):
    """The module lib/models/cls_cvt.py of a branch."""
    for name in ('opt_einsum', 'scipy'):
        sys.modules.setdefault(name, types.ModuleType(name))
    source = None
    for ref in (branch, f'origin/{branch}'):
        shown = subprocess.run(['git', '-C', os.environ['YOSEGI_MRL'], 'show', f'{ref}:lib/models/cls_cvt.py'], capture_output=True, text=True)
        source = shown.stdout if shown.returncode == 0 else source
    if source is None:
        raise SystemExit(f'YOSEGI_MRL has no branch {branch} with lib/models/cls_cvt.py')
    package = f'mrl_{branch}'
    sys.modules[package] = types.ModuleType(package)
    registry = sys.modules[f'{package}.registry'] = types.ModuleType('registry')
    registry.register_model = lambda make: make
    module = types.ModuleType(f'{package}.cls_cvt')
    module.__package__ = package
    exec(compile(source, f'{branch}:cls_cvt.py', 'exec'), module.__dict__)
    return module


def groupy():
    """Puts a P4MConvP4M with groups where the authors' code imports it from."""
    folder = tempfile.mkdtemp()
    archive = subprocess.run(['git', '-C', os.environ['YOSEGI_GROUPY'], 'archive', 'HEAD', 'groupy'], capture_output=True, check=True)
    subprocess.run(['tar', '-x', '-C', folder], input=archive.stdout, check=True)
    sys.path.insert(0, folder)
    np.int = int  # GrouPy is from before NumPy 1.24.
    from groupy.gconv import pytorch_gconv
    from groupy.gconv.pytorch_gconv.splitgconv2d import make_indices_functions, trans_filter

    class P4MConvP4M(nn.Module):
        def __init__(self, in_channels, out_channels, kernel_size, stride, padding, groups):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(out_channels, in_channels // groups, 8, kernel_size, kernel_size))
            self.bias = nn.Parameter(torch.zeros(out_channels))
            self.indices = make_indices_functions[8, 8](kernel_size)
            self.geometry = dict(stride=stride, padding=padding, groups=groups)

        def forward(self, x):
            kernels = trans_filter(self.weight, self.indices).flatten(0, 1).flatten(1, 2)
            return F.conv2d(x, kernels, self.bias.repeat_interleave(8), **self.geometry)

    pytorch_gconv.P4MConvP4M = P4MConvP4M


def make(config, common, group, classes, channels):
    """The authors' network, without stochastic depth; their LayerNorm computes in float32, so torch's own stands in for it."""
    n = len(config['widths'])
    every = lambda value: [value] * n  # noqa: E731
    spec = {
        'NUM_STAGES': n, 'PATCH_SIZE': [7, 3, 3, 3][:n], 'PATCH_STRIDE': [4, 2, 2, 2][:n], 'PATCH_PADDING': [2, 1, 1, 1][:n],
        'DIM_EMBED': config['widths'], 'NUM_HEADS': config['heads'], 'DEPTH': config['depths'], 'MLP_RATIO': every(4.0),
        'ATTN_DROP_RATE': every(0.0), 'DROP_RATE': every(0.0), 'DROP_PATH_RATE': every(0.0), 'QKV_BIAS': every(True),
        'CLS_TOKEN': every(False), 'QKV_PROJ_METHOD': every('dw_bn'), 'ATTEN_TYPE': every('rl_ml'), 'KERNEL_QKV': every(3),
        'PADDING_KV': every(1), 'STRIDE_KV': every(1), 'PADDING_Q': every(1), 'STRIDE_Q': every(1),
        'LOCALITY': config['regions'], 'CONV_INFLATE': config['localGroups'],
    }
    code = authors(BRANCHES[common, group])
    return code.ConvolutionalVisionTransformer(channels, classes, code.QuickGELU, partial(nn.LayerNorm, eps=1e-5), spec=spec)


def features(model, x):
    maps = []
    for i in range(model.num_stages):
        x, _ = getattr(model, f'stage{i}')(x)
        maps.append((4 * 2**i, x))
    return maps


def case(name, variant, size, classes, common=False, group=False, channels=3, batch=1, overrides=None, gradients=False):
    config = {**VARIANTS[variant], **(overrides or {})}
    record('mrl', name, lambda: make(config, common, group, classes, channels), features, variant=variant, batch=batch, gradients=gradients,
           options=dict(size=size, classes=classes, channels=channels), overrides={**(overrides or {}), 'commonQkv': common, 'groupConv': group})


if __name__ == '__main__':
    case('mrl_13-224x224', 'mrl_13', [224, 224], 1000)
    case('mrl_13-96x64', 'mrl_13', [96, 64], 7, batch=2)
    case('mrl_tiny-224x224', 'mrl_tiny', [224, 224], 10)
    case('mrl_tiny-128x96', 'mrl_tiny', [128, 96], 5, channels=1, batch=2)
    case('mrl_hover-common-192x256', 'mrl_hover', [192, 256], 5, common=True)
    case('small-64x96', 'mrl_13', [64, 96], 5, batch=2, overrides=SMALL, gradients=True)
    case('small-common-64x96', 'mrl_13', [64, 96], 5, common=True, batch=2, overrides=SMALL, gradients=True)
    if os.environ.get('YOSEGI_GROUPY'):
        groupy()
        case('mrl_hover-group-128x128', 'mrl_hover', [128, 128], 5, common=True, group=True, batch=2)
        case('small-group-32x64', 'mrl_13', [32, 64], 5, common=True, group=True, batch=2, overrides=dict(SMALL, widths=[8, 24, 16]), gradients=True)
