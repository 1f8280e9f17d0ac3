"""Makes box/mobilenetv2-imagenet: the weights that come with the package, backbone and classifier as two files.

Usage: python make_box.py FOLDER    (the folder mobilenet-v2-imagenet with model.safetensors, labels.txt and LICENSE)
Needs nothing but Python. Tensors are copied as they are: convolutions and classifier in half precision.
"""
import hashlib
import json
import pathlib
import shutil
import struct
import sys

source = pathlib.Path(sys.argv[1])
out = pathlib.Path(__file__).parents[2] / "box" / "mobilenetv2-imagenet"
bytes_ = (source / "model.safetensors").read_bytes()
(length,) = struct.unpack("<Q", bytes_[:8])
header = json.loads(bytes_[8 : 8 + length])
metadata = header.pop("__metadata__")
data = bytes_[8 + length :]


def write(name, keep):
    """Wider types first, then by name, as the safetensors library writes them."""
    chosen = sorted((n for n in header if keep(n)), key=lambda n: ({"F32": 0, "F16": 1}[header[n]["dtype"]], n))
    head, body = {"__metadata__": {"format": "pt", "source": metadata["source"]}}, b""
    for n in chosen:
        begin, end = header[n]["data_offsets"]
        head[n] = {**header[n], "data_offsets": [len(body), len(body) + end - begin]}
        body += data[begin:end]
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file = struct.pack("<Q", len(text)) + text + body
    (out / name).write_bytes(file)
    return {"file": name, "bytes": len(file), "sha256": hashlib.sha256(file).hexdigest()}


is_head = lambda n: n.startswith("classifier.")
files = {
    "backbone": write("backbone.safetensors", lambda n: not is_head(n)),
    "classifier": write("classifier.safetensors", is_head),
}
box = {
    "format": 1,
    "about": "MobileNetV2, trained by Google on ImageNet-1k (1.28 million photographs, 1,000 classes)",
    "licence": "Apache-2.0",
    "origin": "github.com/google-coral/test_data, mobilenet_v2_1.0_224_quant.tflite, commit 104342d2d3480b3e66203073dac24f4e2dbb4c41",
    "files": files,
}
(out / "box.json").write_text(json.dumps(box, indent=2) + "\n")
labels = (source / "labels.txt").read_text().split("\n")[:1000]
config = {
    "architecture": "tf_mobilenetv2_100",
    "num_classes": 1000,
    "label_names": labels,
    "pretrained_cfg": {
        "input_size": [3, 224, 224],
        "interpolation": "bilinear",
        "crop_pct": 0.875,
        "crop_mode": "center",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "num_classes": 1000,
    },
}
(out / "config.json").write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n")
shutil.copyfile(source / "LICENSE", out / "LICENSE")
