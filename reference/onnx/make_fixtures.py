"""Makes the ONNX fixtures in src/onnx/fixtures: models by the Python onnx package, what is in them as JSON in the shape of
src/onnx/wire/messages.ts, and for those that run, inputs. Run: /work/peers/bin/python reference/onnx/make_fixtures.py

JSON beyond JSON: {"bigint": "1"}, {"number": "NaN"}, {"bytes": hex}, {"Float32Array": hex of its little-endian bytes}.
"""

import json
import math
import struct
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

OUT = Path(__file__).resolve().parents[2] / "src/onnx/fixtures"
IR = 10
rng = np.random.default_rng(7)


# ---- what a message holds, told by a walk over the Python objects (independent of the TypeScript reader)

def big(v): return {"bigint": str(v)}
def raw(b): return {"bytes": bytes(b).hex()}
def num(v): return v if math.isfinite(v) else {"number": str(v).replace("inf", "Infinity").replace("nan", "NaN")}
def array(kind, code, values): return {kind: struct.pack(f"<{len(values)}{code}", *values).hex()}
def entries(ps): return [{"key": p.key, "value": p.value} for p in ps]


def optional(out, message, **fields):
    """Adds what is there: key=(proto field, how to tell its value)."""
    for key, (field, tell) in fields.items():
        value = getattr(message, field)
        repeated = hasattr(value, "append") or hasattr(value, "add")
        if (len(value) > 0) if repeated else message.HasField(field):
            out[key] = tell(value)
    return out


same = lambda v: v
many = lambda tell: lambda vs: [tell(v) for v in vs]


def tensor(t):
    return optional(
        {"name": t.name, "dataType": t.data_type, "dims": list(t.dims)}, t,
        rawData=("raw_data", raw),
        floatData=("float_data", lambda v: array("Float32Array", "f", v)),
        int32Data=("int32_data", lambda v: array("Int32Array", "i", v)),
        stringData=("string_data", many(raw)),
        int64Data=("int64_data", lambda v: array("BigInt64Array", "q", v)),
        doubleData=("double_data", lambda v: array("Float64Array", "d", v)),
        uint64Data=("uint64_data", lambda v: array("BigUint64Array", "Q", v)),
        externalData=("external_data", entries), dataLocation=("data_location", same),
        docString=("doc_string", same), metadataProps=("metadata_props", entries))


def sparse(s):
    return {"values": tensor(s.values), "indices": tensor(s.indices), "dims": list(s.dims)}


def dimension(d):
    return optional({}, d, dimValue=("dim_value", same), dimParam=("dim_param", same), denotation=("denotation", same))


def type_(t):
    kind = t.WhichOneof("value")
    if kind in ("tensor_type", "sparse_tensor_type"):
        inner = getattr(t, kind)
        out = {"kind": "tensor" if kind == "tensor_type" else "sparseTensor", "elemType": inner.elem_type}
        if inner.HasField("shape"):
            out["shape"] = [dimension(d) for d in inner.shape.dim]
    elif kind in ("sequence_type", "optional_type"):
        out = {"kind": kind[:-5], "elemType": type_(getattr(t, kind).elem_type)}
    elif kind == "map_type":
        out = {"kind": "map", "keyType": t.map_type.key_type, "valueType": type_(t.map_type.value_type)}
    elif kind == "opaque_type":
        out = {"kind": "opaque", "domain": t.opaque_type.domain, "name": t.opaque_type.name}
    else:
        out = {"kind": "none"}
    return optional(out, t, denotation=("denotation", same))


def value_info(v):
    return optional({"name": v.name}, v, type=("type", type_), docString=("doc_string", same),
                    metadataProps=("metadata_props", entries))


A = AttributeProto
KINDS = {
    A.FLOAT: ("float", "f", num), A.INT: ("int", "i", big), A.STRING: ("string", "s", raw),
    A.TENSOR: ("tensor", "t", tensor), A.GRAPH: ("graph", "g", lambda g: graph(g)),
    A.FLOATS: ("floats", "floats", many(num)), A.INTS: ("ints", "ints", many(big)),
    A.STRINGS: ("strings", "strings", many(raw)), A.TENSORS: ("tensors", "tensors", many(tensor)),
    A.GRAPHS: ("graphs", "graphs", many(lambda g: graph(g))),
    A.SPARSE_TENSOR: ("sparseTensor", "sparse_tensor", sparse),
    A.SPARSE_TENSORS: ("sparseTensors", "sparse_tensors", many(sparse)),
    A.TYPE_PROTO: ("typeProto", "tp", type_), A.TYPE_PROTOS: ("typeProtos", "type_protos", many(type_)),
}


def attribute(a):
    kind, field, tell = KINDS[a.type]
    if a.ref_attr_name:
        out = {"name": a.name, "type": "reference", "of": kind, "refAttrName": a.ref_attr_name}
    else:
        out = {"name": a.name, "type": kind, "value": tell(getattr(a, field))}
    return optional(out, a, docString=("doc_string", same))


def node(n):
    out = {"opType": n.op_type, "input": list(n.input), "output": list(n.output),
           "attribute": [attribute(a) for a in n.attribute]}
    return optional(out, n, name=("name", same), domain=("domain", same), overload=("overload", same),
                    docString=("doc_string", same), metadataProps=("metadata_props", entries))


def graph(g):
    out = {"name": g.name, "node": [node(n) for n in g.node], "initializer": [tensor(t) for t in g.initializer],
           "input": [value_info(v) for v in g.input], "output": [value_info(v) for v in g.output]}
    annotation = lambda q: {"tensorName": q.tensor_name,
                            "quantParameterTensorNames": entries(q.quant_parameter_tensor_names)}
    return optional(out, g, valueInfo=("value_info", many(value_info)),
                    sparseInitializer=("sparse_initializer", many(sparse)), docString=("doc_string", same),
                    quantizationAnnotation=("quantization_annotation", many(annotation)),
                    metadataProps=("metadata_props", entries))


def opset(o): return {"domain": o.domain, "version": o.version}


def function(f):
    out = {"name": f.name, "domain": f.domain, "input": list(f.input), "output": list(f.output),
           "attribute": list(f.attribute), "attributeProto": [attribute(a) for a in f.attribute_proto],
           "node": [node(n) for n in f.node], "opsetImport": [opset(o) for o in f.opset_import]}
    return optional(out, f, overload=("overload", same), docString=("doc_string", same),
                    valueInfo=("value_info", many(value_info)), metadataProps=("metadata_props", entries))


def training(t):
    return optional({"initializationBinding": entries(t.initialization_binding), "updateBinding": entries(t.update_binding)},
                    t, initialization=("initialization", graph), algorithm=("algorithm", graph))


def model(m):
    out = {"irVersion": m.ir_version, "opsetImport": [opset(o) for o in m.opset_import], "graph": graph(m.graph)}
    return optional(out, m, producerName=("producer_name", same), producerVersion=("producer_version", same),
                    domain=("domain", same), modelVersion=("model_version", big), docString=("doc_string", same),
                    metadataProps=("metadata_props", entries), trainingInfo=("training_info", many(training)),
                    functions=("functions", many(function)))


# ---- the models

def info(name, shape, t=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, t, shape)


def make(nodes, inputs, outputs, initializers=(), functions=(), extra=(), name="g", **graph_args):
    g = helper.make_graph(nodes, name, inputs, outputs, list(initializers), **graph_args)
    return helper.make_model(g, opset_imports=[helper.make_opsetid("", 21), *extra], functions=list(functions),
                             ir_version=IR, producer_name="reference", producer_version="1")


def everything():
    """Every attribute kind and every message; not meant to run."""
    small = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "small")
    sp = helper.make_sparse_tensor(
        numpy_helper.from_array(np.array([1.5, -2], np.float32), "sv"),
        numpy_helper.from_array(np.array([0, 4], np.int64), "si"), [2, 3])
    sub = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "sub", [], [info("y", [2])])
    t_seq = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, ["n", 3]))
    t_opt = helper.make_optional_type_proto(helper.make_tensor_type_proto(TensorProto.INT64, []))
    t_map = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, None))
    t_sparse = helper.make_sparse_tensor_type_proto(TensorProto.FLOAT, [4, 4])
    t_opaque = onnx.TypeProto()
    t_opaque.opaque_type.domain, t_opaque.opaque_type.name = "d", "o"
    t_opaque.denotation = "THING"
    values = dict(
        f=1.25, f_inf=float("inf"), f_nan=float("nan"), i=-3, i_big=2**63 - 1, i_small=-(2**63), s="größe", s_bytes=b"\xff\x00", t=small, g=sub,
        floats=[0.1, -0.0, 3e38], ints=[0, -1, 2**40, 2**63 - 1], strings=["a", "", "ü"], tensors=[small, small], graphs=[sub, sub],
        sparse_tensor=sp, type_proto=t_seq)
    n = helper.make_node("Everything", ["a", "", "b"], ["c", ""], name="one", domain="test.yosegi", doc_string="all kinds", **values)
    for name, kind in (("sparse_tensors", A.SPARSE_TENSORS), ("type_protos", A.TYPE_PROTOS), ("no_ints", A.INTS), ("no_strings", A.STRINGS)):
        a = n.attribute.add()
        a.name, a.type = name, kind
        a.doc_string = "empty" if name.startswith("no_") else ""
        if kind == A.SPARSE_TENSORS: a.sparse_tensors.extend([sp, sp])
        if kind == A.TYPE_PROTOS: a.type_protos.extend([t_seq, t_opt, t_map, t_sparse, t_opaque, onnx.TypeProto()])
    n.overload = "v2"
    n.metadata_props.add(key="k", value="v")
    x = info("a", [None, 3, "height", 5])
    x.type.tensor_type.shape.dim[2].denotation = "DATA_FEATURE"
    x.doc_string, x.type.denotation = "an image", "IMAGE"
    v = onnx.ValueInfoProto(name="untyped")
    w = onnx.ValueInfoProto(name="seq", type=t_seq)
    m = make([n], [x, v], [info("c", []), w], [small], [], [helper.make_opsetid("test.yosegi", 3)], doc_string="a graph",
             value_info=[info("mid", ["n", 0])], sparse_initializer=[sp])
    q = m.graph.quantization_annotation.add(tensor_name="small")
    q.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="s")
    m.graph.metadata_props.add(key="gk", value="gv")
    m.metadata_props.add(key="author", value="正")
    m.domain, m.model_version, m.doc_string = "test", 2**63 - 1, "doc"
    m.training_info.add(algorithm=sub).update_binding.add(key="w", value="w2")
    return m


DTYPES = [np.float32, np.float64, np.float16, ml_dtypes.bfloat16, np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32,
          np.int64, np.uint64, np.bool_]


def sample(dtype, n=6):
    if dtype == np.bool_: return np.array([1, 0, 1, 1, 0, 0], np.bool_)
    if np.issubdtype(dtype, np.integer):
        i = np.iinfo(dtype)
        return np.array([i.min, i.max, 0, 1, 77, i.max - 1], dtype)
    return np.array([0.1, -1.5, np.inf, 65504, -0.0, 6e-8]).astype(dtype)


def all_dtypes(typed):
    """One initialiser of each element type, as raw bytes or in the typed lists, each cast to a double and given out."""
    tensors, nodes, outs = [], [], []
    for d in DTYPES:
        name = np.dtype(d).name
        values = sample(d)
        t = numpy_helper.from_array(values.reshape(2, 3), name)
        if typed:
            kind = t.data_type
            t = onnx.TensorProto(name=name, data_type=kind, dims=[2, 3])
            if kind == TensorProto.FLOAT: t.float_data.extend(values.tolist())
            elif kind == TensorProto.DOUBLE: t.double_data.extend(values.tolist())
            elif kind == TensorProto.INT64: t.int64_data.extend(values.tolist())
            elif kind in (TensorProto.UINT64, TensorProto.UINT32): t.uint64_data.extend(values.tolist())
            elif kind in (TensorProto.FLOAT16, TensorProto.BFLOAT16): t.int32_data.extend(values.view(np.uint16).tolist())
            else: t.int32_data.extend(values.astype(np.int32).tolist())
        tensors.append(t)
        nodes.append(helper.make_node("Cast", [name], [f"{name}_out"], to=TensorProto.DOUBLE))
        outs.append(info(f"{name}_out", [2, 3], TensorProto.DOUBLE))
    return make(nodes, [], outs, tensors)


def unsupported():
    """Element types this library has no array for; some are data for other programs only."""
    tensors = [
        helper.make_tensor("words", TensorProto.STRING, [2], [b"a", "ö".encode()]),
        helper.make_tensor("f8", TensorProto.FLOAT8E4M3FN, [2], [1.0, 2.0]),
        helper.make_tensor("i4", TensorProto.INT4, [3], [1, -2, 3]),
        helper.make_tensor("c64", TensorProto.COMPLEX64, [1], [1 + 2j]),
    ]
    return make([helper.make_node("Identity", ["words"], ["w"])], [], [info("w", [2], TensorProto.STRING)], tensors)


def control_flow():
    """If inside Loop, with values of the outer graphs used inside and initialisers in the subgraphs."""
    half = numpy_helper.from_array(rng.standard_normal((3, 40)).astype(np.float32), "half")
    then = helper.make_graph([helper.make_node("Add", ["state", "half"], ["t"])], "then", [], [info("t", [3, 40])], [half])
    other = helper.make_graph([helper.make_node("Mul", ["state", "x"], ["e"])], "else", [], [info("e", [3, 40])])
    body = helper.make_graph(
        [helper.make_node("Mod", ["i", "two"], ["odd"]), helper.make_node("Cast", ["odd"], ["is_odd"], to=TensorProto.BOOL),
         helper.make_node("If", ["is_odd"], ["next"], then_branch=then, else_branch=other),
         helper.make_node("Identity", ["going"], ["keep"]), helper.make_node("ReduceSum", ["next"], ["sum"], keepdims=0)],
        "body", [info("i", [], TensorProto.INT64), info("going", [], TensorProto.BOOL), info("state", [3, 40])],
        [info("keep", [], TensorProto.BOOL), info("next", [3, 40]), info("sum", [])],
        [numpy_helper.from_array(np.array(2, np.int64), "two")])
    return make([helper.make_node("Loop", ["n", "", "x"], ["last", "sums"], body=body)], [info("x", [3, 40])],
                [info("last", [3, 40]), info("sums", [None])], [numpy_helper.from_array(np.array(5, np.int64), "n")])


def functions():
    """A function of the model's own with a referred attribute and one with a default, called twice."""
    leak = helper.make_node("LeakyRelu", ["x"], ["y"])
    ref = leak.attribute.add()
    ref.name, ref.ref_attr_name, ref.type = "alpha", "slope", A.FLOAT
    power = helper.make_node("Constant", [], ["p"])
    ref = power.attribute.add()
    ref.name, ref.ref_attr_name, ref.type = "value_float", "power", A.FLOAT
    f = helper.make_function("own", "Leak", ["x"], ["z"], [leak, power, helper.make_node("Pow", ["y", "p"], ["z"])],
                             [helper.make_opsetid("", 21)], ["slope"], [helper.make_attribute("power", 3.0)])
    f.doc_string = "a leak"
    return make([helper.make_node("Leak", ["x"], ["m"], domain="own", slope=0.25),
                 helper.make_node("Leak", ["m"], ["y"], domain="own", slope=0.5, power=2.0)],
                [info("x", ["n", 4])], [info("y", ["n", 4])], [], [f], [helper.make_opsetid("own", 1)])


def convnet():
    """A little network with weights enough for a side file."""
    w = lambda *s: rng.standard_normal(s).astype(np.float32) * 0.2
    init = [numpy_helper.from_array(v, k) for k, v in dict(
        w1=w(16, 3, 3, 3), b1=w(16), w2=w(32, 16, 3, 3), b2=w(32), fc=w(32, 10), scale=w(1)).items()]
    init.append(numpy_helper.from_array(np.array([-1, 32], np.int64), "shape"))
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Relu", ["c1"], ["r1"]), helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], auto_pad="SAME_UPPER"),
        helper.make_node("Gelu", ["c2"], ["r2"], approximate="tanh"), helper.make_node("GlobalAveragePool", ["r2"], ["p"]),
        helper.make_node("Reshape", ["p", "shape"], ["f"]), helper.make_node("MatMul", ["f", "fc"], ["m"]),
        helper.make_node("Mul", ["m", "scale"], ["y"])]
    return make(nodes, [info("x", ["batch", 3, 24, 24])], [info("y", ["batch", 10])], init)


def save(name, m, check=True):
    if check: onnx.checker.check_model(m, full_check=True)
    (OUT / f"{name}.onnx").write_bytes(m.SerializeToString())
    (OUT / f"{name}.json").write_text(json.dumps(model(m), ensure_ascii=False, separators=(",", ":")))


OUT.mkdir(parents=True, exist_ok=True)
save("everything", everything(), check=False)
save("raw", all_dtypes(False))
save("typed", all_dtypes(True))
save("unsupported", unsupported())
save("control-flow", control_flow())
save("functions", functions())
net = convnet()
save("convnet", net)
onnx.save_model(net, OUT / "external.onnx", save_as_external_data=True, location="external.onnx.data", size_threshold=1024)
(OUT / "external.json").write_text(json.dumps(model(onnx.load(OUT / "external.onnx", load_external_data=False)), separators=(",", ":")))
for f in sorted(OUT.iterdir()): print(f"{f.stat().st_size:8} {f.name}")
