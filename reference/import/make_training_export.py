"""Makes resnet-train.onnx in src/imported/fixtures: a small timm ResNet exported in training mode (batch statistics, active dropout), and
resnet-train.json: what PyTorch gives for it in evaluation mode. Run: /work/peers/bin/python reference/import/make_training_export.py"""

import json
import logging
import sys
import warnings
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from timm.models.resnet import Bottleneck, ResNet

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from formula import uniform  # noqa: E402

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
OUT = Path(__file__).resolve().parents[2] / "src/imported/fixtures"
CLASSES, SIZE = 5, 64


def model():
    torch.manual_seed(0)
    net = ResNet(Bottleneck, [1, 1, 1, 1], num_classes=CLASSES, channels=(4, 4, 6, 8), stem_width=8, drop_rate=0.25)
    for name, b in net.named_buffers():
        if name.endswith("running_mean"):
            b.normal_(0, 0.1)
        if name.endswith("running_var"):
            b.uniform_(0.5, 1.5)
    return net


if __name__ == "__main__":
    path = OUT / "resnet-train.onnx"
    torch.onnx.export(model().train(), (torch.randn(2, 3, SIZE, SIZE),), str(path), dynamo=False, training=torch.onnx.TrainingMode.TRAINING,
                      do_constant_folding=False, opset_version=17, input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
    # Tracing moved the running statistics: those of the file count.
    stored = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in onnx.load(path).graph.initializer}
    net = model()
    missing = net.load_state_dict(stored, strict=False).missing_keys
    assert all(k.endswith("num_batches_tracked") for k in missing), missing
    with torch.no_grad():
        logits = net.eval()(torch.from_numpy(uniform("image", (2, 3, SIZE, SIZE))))
    Path(OUT / "resnet-train.json").write_text(json.dumps({"logits": [float(v) for v in logits.flatten()]}) + "\n")
    print(path.stat().st_size // 1024, "KB", sorted({n.op_type for n in onnx.load(path).graph.node}))
