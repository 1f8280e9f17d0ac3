"""Records what another version of ONNX Runtime gives for every file in src/onnx/import/fixtures and
src/imported/fixtures/families, without its optimiser, on images by formula.
Run: python reference/import/record_outputs.py

Recorded with onnxruntime 1.32.0; the product runs 1.30."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "reference"))
from formula import unit  # noqa: E402

FOLDERS = [ROOT / "src/onnx/import/fixtures", ROOT / "src/imported/fixtures/families"]
options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
answers = {}
for path in sorted(p for folder in FOLDERS for p in folder.glob("*.onnx")):
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (info,) = session.get_inputs()
    shape = [d if isinstance(d, int) else 2 for d in info.shape]
    image = unit("image", int(np.prod(shape))).reshape(shape).astype("float16" if "16" in info.type else "float32")
    first = session.run(None, {info.name: image})[0]
    answers[path.stem] = {"shape": list(first.shape), "logits": [float(f"{v:.7g}") for v in first.astype("float64").ravel()]}
# Boxes of every place are many numbers; each is compared with the runtime at hand as well.
answers = {k: v for k, v in answers.items() if len(v["logits"]) < 100}
rows = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in answers.items())
(FOLDERS[1] / "outputs.json").write_text(f'{{\n  "runtime": "onnxruntime {ort.__version__}",\n  "files": {{\n{rows}\n  }}\n}}\n')
print(len(answers), "files")
