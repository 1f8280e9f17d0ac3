"""The model of a request as an .onnx file: `python export.py < request.json`, one JSON answer on stdout.

  {"model":"ascan"|"timm","config":{...},"batch":32,"file":"x.onnx"}
      {"params":n,"exporter":"dynamo"|"legacy","opset":n,"logits":[...]}

The weights are the formula's (reference/formula.py), the logits PyTorch's for the formula's images. torch.onnx.export is called as its
documentation does it: the model in eval mode, everything else as it comes (fixed batch, opset of the exporter's choice). Where the exporter
that is the default since torch 2.9 (dynamo) fails, the older one is taken: torch 2.15's dynamo does not take Hiera's attention of five
dimensions, nor a view in AsCAN's.
"""

import json
import sys
import warnings
from pathlib import Path

import peer  # First: it takes stdout for the protocol.

import onnx
import torch

sys.path.append(str(Path(__file__).resolve().parents[2] / 'reference'))
from formula import fill, uniform  # noqa: E402


def export(model, x, file):
    """Which exporter wrote the file."""
    failed = []
    for exporter in ('dynamo', 'legacy'):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                torch.onnx.export(model, (x,), file, dynamo=exporter == 'dynamo')
            return exporter
        except Exception as e:  # The other one may know the operator.
            failed.append(f'{exporter}: {type(e).__name__}: {str(e).strip().splitlines()[0]}')
    raise RuntimeError(f'torch.onnx.export fails: {"; ".join(failed)}')


def main():
    request = json.load(sys.stdin)
    model, shape, _ = peer.build(request)
    fill(model)
    model.eval()
    x = torch.from_numpy(uniform('input', shape))
    with torch.inference_mode():
        logits = model(x)
    exporter = export(model, x, request['file'])
    opsets = {o.domain: o.version for o in onnx.load(request['file'], load_external_data=False).opset_import}
    answer = {'params': sum(p.numel() for p in model.parameters()), 'exporter': exporter, 'opset': opsets[''],
              'logits': logits.flatten().tolist()}
    peer.PROTOCOL.write(json.dumps(answer) + '\n')


if __name__ == '__main__':
    main()
