"""Exports untrained Ultralytics classifiers as .onnx files: `python ultralytics_export.py FOLDER SIZE name.yaml …`.

Ultralytics is AGPL-3.0, so what it writes is no fixture of this repository; it is made anew where it is needed.
"""

import os
import sys

os.environ["YOLO_OFFLINE"] = "true"

import torch
from ultralytics import YOLO

folder, size, *names = sys.argv[1:]
os.chdir(folder)
for name in names:
    torch.manual_seed(0)
    YOLO(name).export(format="onnx", imgsz=int(size))
