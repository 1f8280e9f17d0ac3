"""Makes keras-13.onnx in src/onnx/import/fixtures: a small MobileNet of Keras 3 by tf2onnx, channels last, softmax at the end.
Run in an environment with tensorflow 2.21, tf2onnx 1.17: /work/peers/tf/bin/python reference/import/make_keras.py"""

import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers as L

OUT = Path(__file__).resolve().parents[2] / "src/onnx/import/fixtures"
keras.utils.set_random_seed(0)


def norm(x, act=None):
    x = L.BatchNormalization()(x)
    return L.Activation(act)(x) if act else x


def block(x, width, stride):
    y = norm(L.Conv2D(width * 2, 1, use_bias=False)(x), "hard_silu")
    y = norm(L.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(y), "silu")
    z = L.GlobalAveragePooling2D(keepdims=True)(y)
    z = L.Conv2D(width * 2, 1, activation="sigmoid")(L.Conv2D(4, 1, activation="relu")(z))
    return norm(L.Conv2D(width, 1, use_bias=False)(L.Multiply()([y, z])))


image = L.Input((48, 48, 3))
x = L.Rescaling(1 / 127.5, -1.0)(image)
x = norm(L.Conv2D(8, 3, 2, padding="same", use_bias=False)(x), "relu6")
for width, stride in ((12, 1), (16, 2)):
    x = block(x, width, stride)
x = L.Dropout(0.2)(L.GlobalAveragePooling2D()(x))
model = keras.Model(image, L.Dense(5, activation="softmax")(x))
r = np.random.RandomState(0)
for w in model.weights:
    if any(k in w.path for k in ("moving", "gamma", "beta", "bias")):
        w.assign(w + np.abs(r.randn(*w.shape)).astype("float32") * 0.1)
signature = [tf.TensorSpec([None, 48, 48, 3], tf.float32, name="image")]
call = tf.function(lambda t: model(t, training=False), input_signature=signature)
tf2onnx.convert.from_function(call, input_signature=signature, opset=13, output_path=str(OUT / "keras-13.onnx"))
