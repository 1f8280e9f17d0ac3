"""Makes the safetensors fixtures in src/weights/fixtures with the Python safetensors package, and the values in them as JSON.
Run: /work/peers/bin/python reference/weights/make_fixtures.py"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parents[2] / "src/weights/fixtures"
OUT.mkdir(parents=True, exist_ok=True)
g = torch.Generator().manual_seed(3)

dtypes = dict(F64=torch.float64, F32=torch.float32, F16=torch.float16, BF16=torch.bfloat16, I64=torch.int64, I32=torch.int32,
              I16=torch.int16, I8=torch.int8, U8=torch.uint8, U16=torch.uint16, U32=torch.uint32, U64=torch.uint64, BOOL=torch.bool)
tensors = {}
for name, dtype in dtypes.items():
    if dtype.is_floating_point:
        t = torch.tensor([[0.1, -1.5, float("inf")], [65504, -0.0, 6e-8]]).to(dtype)
    elif dtype == torch.bool:
        t = torch.tensor([[True, False, True], [False, False, True]])
    else:
        i = torch.iinfo(dtype)
        t = torch.tensor([[i.min, i.max, 0], [1, 77, i.max - 1]], dtype=dtype)
    tensors[f"all.{name}"] = t
tensors["scalar"] = torch.tensor(2.5)
tensors["empty"] = torch.zeros(3, 0, 2)
tensors["odd.bool"] = torch.tensor([True] * 5)
# Names whose order differs between UTF-16 and UTF-8, that need escapes, or that look like array indices.
for i, name in enumerate(["\U0001F600", "\uFFEE", "é", 'quote"back\\slash\n', "10", "9", "__proto__", "constructor"]):
    tensors[name] = torch.full((2,), float(i))
save_file(tensors, OUT / "all.safetensors", metadata={"format": "pt"})
plain = {k: v.double().flatten().tolist() if v.dtype.is_floating_point else [str(int(x)) for x in v.flatten().tolist()] for k, v in tensors.items()}
(OUT / "all.json").write_text(json.dumps({k: [list(tensors[k].shape), [str(x) for x in v]] for k, v in plain.items()}))

# Every half-precision number as the float32 that PyTorch makes of it, in bits.
bits = torch.arange(65536, dtype=torch.int32).to(torch.int16)
save_file({"f16": bits.view(torch.float16).float().view(torch.int32)}, OUT / "half.safetensors")
for f in sorted(OUT.iterdir()): print(f"{f.stat().st_size:8} {f.name}")
