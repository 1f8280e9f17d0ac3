"""Records one operator case: forward and gradient by torch in float64, forward checked against ONNX Runtime.

A case is {name, op, attrs, inputs, outputs, cotangents, grads, opset[, note]}:
  inputs      [{dtype, shape, data} | null]   null: an optional ONNX input left out; trailing ones are dropped
  outputs     [{dtype, shape, data}]
  cotangents  [{shape, data} | null]          null: an output that is not differentiated
  grads       [{shape, data} | null]          d sum_k(outputs_k * cotangents_k) / d input; null: not differentiable (or not asked for)
  special     a kink or an end of the range: a gradient of zeros counts too, and no finite differences are taken
  opset       the opset at which ONNX Runtime agreed with the outputs (null with a note: its CPU build has no kernel)
Data is flat, row-major; booleans are 0/1. A fixture file is an array of cases.
"""

import json
import math
import zlib
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parents[2]
OPSETS = (26, 24, 23, 22, 21)  # the newest that ONNX Runtime has a kernel for is the one recorded
ONNX_TYPE = {
    'float32': TensorProto.FLOAT, 'float64': TensorProto.DOUBLE, 'int64': TensorProto.INT64,
    'int32': TensorProto.INT32, 'bool': TensorProto.BOOL,
}
ort.set_default_logger_severity(4)


def seven(x):
    """Rounded to 7 significant digits."""
    return float(f'{x:.7g}')


def rng_for(*key):
    return np.random.default_rng(zlib.crc32('/'.join(map(str, key)).encode()))


class Draw:
    """Well-conditioned inputs of few digits, drawn from the case's own stream."""

    def __init__(self, *key):
        self.rng = rng_for(*key)

    def normal(self, *shape, scale=1.0):
        return self._f(self.rng.normal(size=shape) * scale)

    def uniform(self, low, high, *shape):
        return self._f(self.rng.uniform(low, high, size=shape))

    def away(self, *shape, points=(0.0,), gap=0.1, scale=1.5):
        """Normal values at least `gap` from every one of `points` (the kinks)."""
        x = self.rng.normal(size=shape) * scale
        for _ in range(100):
            bad = np.zeros(x.shape, bool)
            for p in points:
                bad |= np.abs(x - p) < gap
            if not bad.any():
                break
            x = np.where(bad, self.rng.normal(size=shape) * scale, x)
        return self._f(x)

    def distinct(self, *shape):
        """A shuffle of evenly spaced values: no two are equal, neighbours in order are 0.05 apart."""
        n = math.prod(shape)
        return self._f((self.rng.permutation(n).reshape(shape) - n / 2) * 0.05 + 0.013)

    def integers(self, low, high, *shape):
        return self.rng.integers(low, high, size=shape).astype(np.int64)

    def boolean(self, *shape):
        return self.rng.random(shape) < 0.5

    @staticmethod
    def _f(x):
        return np.round(np.asarray(x, np.float64), 3).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def dump(a):
    a = np.asarray(a)
    flat = a.reshape(-1)
    if a.dtype.kind == 'f':
        data = [seven(float(v)) for v in flat]
        data = [int(v) if math.isfinite(v) and v == int(v) and abs(v) < 1e15 else v for v in data]
    else:
        data = [int(v) for v in flat]
    return {'dtype': a.dtype.name, 'shape': list(a.shape), 'data': data}


def torch_inputs(inputs, wrt):
    """Floats become float64 leaves (with gradient where asked), everything else stays."""
    out = []
    for k, a in enumerate(inputs):
        if a is None:
            out.append(None)
        elif a.dtype.kind == 'f':
            # Through the stored decimals, so that both sides start from the same numbers.
            t = torch.tensor([seven(float(v)) for v in a.reshape(-1)], dtype=torch.float64).reshape(a.shape)
            out.append(t.requires_grad_(k in wrt))
        else:
            out.append(torch.tensor(a))
    return out


def run_onnx(op, attrs, inputs, outputs, opset):
    names = ['' if a is None else f'x{k}' for k, a in enumerate(inputs)]
    node = helper.make_node(op, names, [f'y{k}' for k in range(len(outputs))], **attrs)
    graph = helper.make_graph(
        [node], 'case',
        [helper.make_tensor_value_info(n, ONNX_TYPE[a.dtype.name], a.shape) for n, a in zip(names, inputs) if n],
        [helper.make_tensor_value_info(f'y{k}', ONNX_TYPE[y.dtype.name], None) for k, y in enumerate(outputs)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)], ir_version=10)
    session = ort.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
    return session.run(None, {n: np.asarray(a) for n, a in zip(names, inputs) if n})


class Family:
    def __init__(self, name):
        self.name = name
        self.cases = []
        self.problems = []

    def case(self, op, attrs, inputs, fn, wrt=None, name=None, note=None, cotangent=None, special=False):
        """Adds one case. `fn(attrs, *inputs)` gives the output(s) in torch; `wrt` are the differentiated inputs
        (default: every float input); `cotangent(k)` may switch the cotangent of output k off by returning False."""
        attrs = dict(attrs)
        inputs = list(inputs)
        while inputs and inputs[-1] is None:
            inputs.pop()
        if wrt is None:
            wrt = [k for k, a in enumerate(inputs) if a is not None and a.dtype.kind == 'f']
        ordinal = sum(c['op'] == op for c in self.cases)
        title = name or f'{op} {ordinal + 1}'
        args = torch_inputs(inputs, wrt)
        outputs = fn(attrs, *args)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]

        draw = Draw(self.name, op, title, 'cotangent')
        cotangents = []
        total = None
        for k, y in enumerate(outputs):
            if not y.is_floating_point() or not y.requires_grad or (cotangent and not cotangent(k)):
                cotangents.append(None)
                continue
            c = draw.normal(*y.shape)
            cotangents.append(c)
            term = (y * torch.tensor(c.astype(np.float64))).sum()
            total = term if total is None else total + term
        grads = [None] * len(inputs)
        if total is not None:
            leaves = [args[k] for k in wrt]
            for k, g in zip(wrt, torch.autograd.grad(total, leaves, allow_unused=True)):
                grads[k] = (torch.zeros_like(args[k]) if g is None else g).numpy()

        stored = []
        for y in outputs:
            a = y.detach().numpy()
            stored.append(a.astype(np.float32) if a.dtype == np.float64 and not getattr(y, 'keep64', False) else a)
        for a in [*([] if special else stored), *[g for g in grads if g is not None]]:
            assert np.isfinite(np.asarray(a, np.float64)).all(), f'{title}: not finite'
        opset = self._check(title, op, attrs, inputs, stored, note)

        def floats(a):
            d = dump(a)
            del d['dtype']
            return d

        record = {
            'name': title, 'op': op, 'attrs': attrs,
            'inputs': [None if a is None else dump(a) for a in inputs],
            'outputs': [dict(dump(y.detach().numpy()), dtype=s.dtype.name) for y, s in zip(outputs, stored)],
            'cotangents': [None if c is None else floats(c) for c in cotangents],
            'grads': [None if g is None else floats(g) for g in grads],
            'opset': opset,
        }
        if note:
            record['note'] = note
        if special:
            record['special'] = True
        self.cases.append(record)

    def _check(self, title, op, attrs, inputs, outputs, note):
        error = 'not tried'
        for opset in OPSETS:
            try:
                got = run_onnx(op, attrs, inputs, outputs, opset)
            except Exception as e:  # no kernel, or the operator is newer than this opset
                error = str(e).split('\n')[0][:220] if error == 'not tried' else error
                continue
            for k, (a, b) in enumerate(zip(got, outputs)):
                if a.shape != b.shape or a.dtype != b.dtype:
                    self.problems.append(f'{title}: output {k} is {a.dtype}{a.shape} in ORT, {b.dtype}{b.shape} here')
                    return None
                finite = np.isfinite(b)
                same = np.array_equal(a[~finite], b[~finite])
                a, b = a[finite].astype(np.float64), b[finite].astype(np.float64)
                difference = np.abs(a - b).max() if a.size else 0.0
                if not same or difference > 1e-5 * max(1.0, np.abs(b).max() if b.size else 1.0):
                    self.problems.append(f'{title}: output {k} differs from ORT (opset {opset}) by {difference:.3g}')
                    return None
            return opset
        if note is None:
            self.problems.append(f'{title}: ORT cannot run it: {error}')
        return None

    def write(self):
        path = ROOT / 'src/graph/ops/fixtures' / f'{self.name}.json'
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = ',\n'.join(json.dumps(c, separators=(',', ':')) for c in self.cases)
        # JSON has no word for infinity, but reads a number that is too large as one.
        path.write_text(f'[\n{lines}\n]\n'.replace('Infinity', '1e999'))
        size = path.stat().st_size
        assert size < 400_000, f'{path} is {size} bytes'
        counts = {}
        for c in self.cases:
            counts[c['op']] = counts.get(c['op'], 0) + 1
        low = sorted({f"{c['op']}@{c['opset']}" for c in self.cases if c['opset'] != OPSETS[0]})
        print(f'{path.name}: {len(self.cases)} cases, {size / 1000:.0f} KB: ' + ' '.join(f'{k} {v}' for k, v in counts.items()))
        if low:
            print('  checked below the newest opset:', ' '.join(low))
        for p in self.problems:
            print('  PROBLEM', p)
        return not self.problems
