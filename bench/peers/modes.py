"""The modes PyTorch is raced in, by name (bench/sides.ts has the same list).

  eager, channels_last                    the module as it is, in either memory layout
  compile, compile_channels_last          torch.compile
and for inference, batch normalisation folded into the convolutions and weights as constants:
  frozen, frozen_channels_last            torch.jit.trace, torch.jit.freeze
  optimized                               the same, then torch.jit.optimize_for_inference
  compile_frozen                          torch.compile with Inductor's freezing, which also chooses the layout
"""

import types
import warnings

import torch

TRAIN = ('eager', 'channels_last', 'compile', 'compile_channels_last')
INFER = (*TRAIN, 'frozen', 'frozen_channels_last', 'optimized', 'compile_frozen')


def layout_of(variant):
    return torch.channels_last if variant.endswith('channels_last') else torch.contiguous_format


def compiled(f):
    """f by torch.compile, for inputs of one shape."""
    return torch.compile(own_code(f), dynamic=False)


def own_code(f):
    """f with a code object of its own. Dynamo keeps what it compiled per code object and limits the recompilations of one:
    jobs that shared it would count against each other, and resetting Dynamo would throw away the jobs prepared before."""
    return types.FunctionType(f.__code__.replace(), f.__globals__, f.__name__, f.__defaults__, f.__closure__)


def frozen(model, given, variant):
    """A function of `given`, a tuple of inputs, in a mode that freezes; `model` is in eval mode. It is compiled here, not at its first call."""
    if variant == 'compile_frozen':
        import torch._inductor.config as inductor

        call = compiled(lambda *given: model(*given))
        with torch.inference_mode(), inductor.patch(freezing=True):
            call(*given)
        return call
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter('ignore')  # torch.jit is deprecated, and still the only folding outside of torch.compile
        module = torch.jit.freeze(torch.jit.trace(model, given, check_trace=False))
        if variant == 'optimized':
            module = torch.jit.optimize_for_inference(module)
        for _ in range(3):  # The profiling executor settles in the first calls.
            module(*given)
    return module
