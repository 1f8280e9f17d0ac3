"""PyTorch as a bench peer: a long-lived process that speaks JSON lines on stdin/stdout, so that a Node script can alternate with it.

One request a line, one answer a line, in order. Every answer has "ok"; a request's "seq", if it has one, comes back.
  {"cmd":"info"}                     torch version, threads, mkldnn, CPU name and capability
  {"cmd":"prepare","id":"a","model":"ascan"|"timm","config":{...},"mode":"train"|"infer","size":64,"batch":32,
   "variant":"eager"|… (modes.py),"threads":2}
                                     {"ok":true,"params":n,"build_s":s,"compile_s":s (null unless compiled),"first_ms":ms}
  {"cmd":"run","id":"a","iters":5}   {"ok":true,"ms":[...],"loss":x (train)}
  {"cmd":"memory","reset":false}     {"ok":true,"peak_rss_mb":x,"rss_mb":x}; reset starts a new peak
  {"cmd":"gemm","n":1024,"threads":2,"iters":5}   {"ok":true,"gflops":best,"ms":[...]}
  {"cmd":"drop","id":"a"}  {"cmd":"exit"}
A failure answers {"ok":false,"error":"..."} and the process goes on.

A train step is: forward, cross-entropy, backward, clip the gradient norm to 1, AdamW (fused where torch has it), zero_grad(set_to_none).
Inference is eval mode under inference_mode. Data is made once by prepare and stays in memory.
"""

import gc
import json
import os
import platform
import resource
import sys
import time
import traceback
from pathlib import Path

# The protocol owns stdout: whatever a library (or a compiler it starts) prints goes to stderr.
PROTOCOL = os.fdopen(os.dup(1), 'w', buffering=1)
os.dup2(2, 1)

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from modes import INFER, TRAIN, compiled, frozen, layout_of  # noqa: E402

sys.path.append(str(Path(__file__).resolve().parents[2] / 'reference/ascan'))

jobs = {}


class Timed:
    """Something prepared whose `step()` is one iteration on `threads` threads."""

    mode = 'infer'
    loss = None
    norm = None

    def step(self):
        raise NotImplementedError

    def run(self, iters):
        torch.set_num_threads(self.threads)
        ms = []
        for _ in range(iters):
            begin = time.perf_counter()
            self.step()
            ms.append((time.perf_counter() - begin) * 1e3)
        return ms

    def descend(self, loss):
        """Backward, clipping to norm 1, and a step of `optimizer` on `model`."""
        loss.backward()
        self.norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.loss = loss.item()


class Job(Timed):
    """One prepared model."""

    def __init__(self, request):
        self.mode = choice(request, 'mode', ('train', 'infer'))
        variant = choice(request, 'variant', TRAIN if self.mode == 'train' else INFER, 'eager')
        self.threads = int(request.get('threads') or torch.get_num_threads())
        torch.set_num_threads(self.threads)
        torch.manual_seed(0)
        begin = time.perf_counter()
        model, shape, classes = build(request)
        layout = layout_of(variant)
        model = model.to(memory_format=layout).train(self.mode == 'train')
        self.params = sum(p.numel() for p in model.parameters())
        self.x = torch.randn(shape).to(memory_format=layout)
        self.y = torch.randint(0, classes, shape[:1])
        if self.mode == 'train':
            self.model = model
            self.optimizer = adamw(model.parameters())
        self.build_s = time.perf_counter() - begin
        begin = time.perf_counter()
        if 'frozen' in variant or variant == 'optimized':
            self.call = frozen(model, (self.x,), variant)
        else:
            call = loss_of(model) if self.mode == 'train' else output_of(model)
            self.call = compiled(call) if variant.startswith('compile') else call
            self.step()
        made = time.perf_counter() - begin
        self.compile_s = None if variant in ('eager', 'channels_last') else made
        begin = time.perf_counter()
        self.step()
        self.first_ms = (time.perf_counter() - begin) * 1e3

    def step(self):
        if self.mode == 'infer':
            with torch.inference_mode():
                self.call(self.x)
            return
        self.descend(self.call(self.x, self.y))


def loss_of(model):
    def loss(x, y):
        return F.cross_entropy(one(model(x)), y)

    return loss


def one(logits):
    """Distilled models answer with two heads while they train; ours trains on their mean."""
    return sum(logits) / len(logits) if isinstance(logits, tuple) else logits


def output_of(model):
    def output(x):
        return model(x)

    return output


def adamw(parameters):
    parameters = list(parameters)
    try:
        return torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.05, fused=True)
    except (RuntimeError, TypeError):
        return torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.05)


def choice(request, key, known, default=None):
    value = request.get(key, default)
    if value not in known:
        raise ValueError(f'"{key}" must be one of {", ".join(known)}; got {value!r}')
    return value


def build(request):
    """The model, its input shape and its class count."""
    options = dict(request.get('config') or {})
    if choice(request, 'model', ('ascan', 'timm'), 'ascan') == 'timm':
        import timm

        size = options.pop('img_size')
        model = timm.create_model(options.pop('name'), **options)
        return model, (int(request.get('batch', 1)), 3, size, size), model.num_classes
    from ascan import AsCAN, Config

    size = request.get('size')
    if size is not None:
        options['img_size'] = size
    config = Config.of(options)
    return AsCAN(config), (int(request.get('batch', 1)), config.in_chans, *config.img_size), config.num_classes


def find(request):
    job = jobs.get(request.get('id'))
    if job is None:
        raise ValueError(f'no model is prepared under id {request.get("id")!r}; prepared: {sorted(jobs)}')
    return job


def prepare(request):
    name = request.get('id')
    if not isinstance(name, str):
        raise ValueError('prepare needs an "id"')
    jobs.pop(name, None)
    gc.collect()
    job = Job(request)
    jobs[name] = job
    return {'params': job.params, 'build_s': round(job.build_s, 3), 'compile_s': job.compile_s and round(job.compile_s, 3),
            'first_ms': round(job.first_ms, 3), 'threads': job.threads}


def run(request):
    job = find(request)
    ms = job.run(int(request.get('iters', 5)))
    answer = {'ms': [round(v, 4) for v in ms]}
    if job.mode == 'train':
        answer['loss'] = job.loss
    return answer


def memory(request):
    status = {}
    try:
        for line in Path('/proc/self/status').read_text().splitlines():
            if line.startswith(('VmHWM', 'VmRSS')):
                status[line[:5]] = int(line.split()[1]) / 1024
    except OSError:
        pass
    unit = 1024 * 1024 if sys.platform == 'darwin' else 1024
    peak = status.get('VmHWM', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
    if request.get('reset'):
        Path('/proc/self/clear_refs').write_text('5')  # Linux: the peak starts again from the present
    return {'peak_rss_mb': round(peak, 1), 'rss_mb': round(status['VmRSS'], 1) if 'VmRSS' in status else None}


def gemm(request):
    n = int(request.get('n', 1024))
    if request.get('threads'):
        torch.set_num_threads(int(request['threads']))
    a, b = torch.randn(n, n), torch.randn(n, n)
    out = torch.empty(n, n)
    torch.mm(a, b, out=out)
    ms = []
    for _ in range(int(request.get('iters', 5))):
        begin = time.perf_counter()
        torch.mm(a, b, out=out)
        ms.append((time.perf_counter() - begin) * 1e3)
    return {'gflops': round(2 * n**3 / min(ms) / 1e6, 1), 'ms': [round(v, 4) for v in ms], 'threads': torch.get_num_threads()}


def info(_):
    cpu = platform.processor()
    try:
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith('model name'):
                cpu = line.split(':', 1)[1].strip()
                break
    except OSError:
        pass
    return {'torch': torch.__version__, 'python': platform.python_version(), 'threads': torch.get_num_threads(), 'cpus': os.cpu_count(),
            'mkldnn': torch.backends.mkldnn.is_available(), 'mkl': torch.backends.mkl.is_available(), 'cpu': cpu,
            'capability': torch.backends.cpu.get_cpu_capability(), 'float32_matmul_precision': torch.get_float32_matmul_precision(),
            'variants': {'train': TRAIN, 'infer': INFER}}


def drop(request):
    dropped = jobs.pop(request.get('id'), None) is not None
    gc.collect()
    return {'dropped': dropped}


COMMANDS = {'info': info, 'prepare': prepare, 'run': run, 'memory': memory, 'gemm': gemm, 'drop': drop}


def answer(line, commands):
    request = {}
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            request = {}
            raise ValueError('a request is one JSON object')
        reply = {'ok': True, **commands[choice(request, 'cmd', (*commands, 'exit'))](request)}
    except Exception as e:
        traceback.print_exc()
        reply = {'ok': False, 'error': f'{type(e).__name__}: {e}'[:2000]}
    if 'seq' in request:
        reply['seq'] = request['seq']
    return reply


def serve(commands):
    """Answers requests until `exit` or the end of the input."""
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            if json.loads(line).get('cmd') == 'exit':
                break
        except (ValueError, AttributeError):
            pass
        PROTOCOL.write(json.dumps(answer(line, commands)) + '\n')
        PROTOCOL.flush()


if __name__ == '__main__':
    serve(COMMANDS)
