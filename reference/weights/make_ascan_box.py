"""Makes box/ascan-micro-distilled: the weights of a hybrid of our own that come with the package.

Usage: python make_ascan_box.py RUN    (a run of `yosegi distill`, see recipes/distill/README.md)
Needs nothing but Python. Matrices and convolutions go to half precision, the rest stays in single precision; what the student was taught by is left out.
"""
import hashlib
import json
import math
import pathlib
import struct
import sys

run = pathlib.Path(sys.argv[1])
root = pathlib.Path(__file__).parents[2]
out = root / "box" / "ascan-micro-distilled"
bytes_ = (run / "best" / "model.safetensors").read_bytes()
(length,) = struct.unpack("<Q", bytes_[:8])
header = json.loads(bytes_[8 : 8 + length])
header.pop("__metadata__")
data = bytes_[8 + length :]
about = json.loads((run / "run.json").read_text())
assert about["model"] == "ascan-micro" and about["overrides"] == {}, "a distilled ascan-micro as it is in the registry"
pictures = len((run / "split.jsonl").read_text().splitlines()) - 1
epochs = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
explained = max(e["val"]["explained"] for e in epochs if e["val"])


def half(numbers):
    return b"".join(struct.pack("<e", v) for v in numbers)


tensors = {}
for name, entry in header.items():
    if name.startswith("distill."):
        continue
    begin, end = entry["data_offsets"]
    assert entry["dtype"] == "F32", (name, entry["dtype"])
    raw = data[begin:end]
    if len(entry["shape"]) >= 2:
        raw = half(struct.unpack(f"<{math.prod(entry['shape'])}f", raw))
        tensors[name] = ("F16", entry["shape"], raw)
    else:
        tensors[name] = ("F32", entry["shape"], raw)

# Wider types first, then by name, as the safetensors library writes them.
order = sorted(tensors, key=lambda n: ({"F32": 0, "F16": 1}[tensors[n][0]], n))
head, body = {"__metadata__": {"format": "pt", "source": "yosegi distill, taught by box:mobilenetv2-imagenet"}}, b""
for name in order:
    dtype, shape, raw = tensors[name]
    head[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(raw)]}
    body += raw
text = json.dumps(head, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
file = struct.pack("<Q", len(text)) + text + body
out.mkdir(parents=True, exist_ok=True)
(out / "backbone.safetensors").write_bytes(file)
config = {
    "architecture": "ascan-micro",
    "num_classes": 0,
    "pretrained_cfg": {
        "input_size": [3, 128, 128],
        "crop_pct": 1.0,
        "crop_mode": "squash",
        "interpolation": "bilinear",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "num_classes": 0,
    },
}
(out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
box = {
    "format": 1,
    "about": f"AsCAN-micro, taught by MobileNetV2's features on {pictures:,} pictures without labels (emoji, wallpapers, stamps, textures)",
    "licence": "Apache-2.0",
    "origin": "yosegi distill, recipes/distill/README.md",
    "fineTune": {"epochs": 14, "lr": 0.002, "warmup": 0.5, "ema": 0.97},
    "files": {"backbone": {"file": "backbone.safetensors", "bytes": len(file), "sha256": hashlib.sha256(file).hexdigest()}},
}
(out / "box.json").write_text(json.dumps(box, indent=2) + "\n")
(out / "LICENSE").write_bytes((root / "box" / "mobilenetv2-imagenet" / "LICENSE").read_bytes())
print(f"{len(file):,} bytes, {sum(math.prod(t[1]) for t in tensors.values()):,} numbers, explained {explained:.1%} of validation")
