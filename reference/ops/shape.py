"""Operators that move, select or scatter elements."""

import numpy as np
import torch
import torch.nn.functional as F
from onnx import TensorProto

from record import Draw, Family, ints


def tuple_of(t):
    return tuple(int(v) for v in t)


def reshape(at, x, shape):
    target = list(tuple_of(shape))
    if not at.get('allowzero', 0):
        target = [x.shape[k] if v == 0 else v for k, v in enumerate(target)]
    return x.reshape(target)


def slice_(_, x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else tuple_of(axes)
    steps = [1] * len(starts) if steps is None else tuple_of(steps)
    for start, end, axis, step in zip(tuple_of(starts), tuple_of(ends), axes, steps):
        index = list(range(*slice(start, end, step).indices(x.shape[axis])))
        x = x.index_select(axis % x.dim(), torch.tensor(index, dtype=torch.int64))
    return x


def split(at, x, sizes=None):
    axis = at.get('axis', 0)
    if sizes is None:
        chunk = -(-x.shape[axis] // at['num_outputs'])
        return x.split(chunk, axis)
    return x.split(list(tuple_of(sizes)), axis)


def pad(at, x, pads, value=None, axes=None):
    axes = list(range(x.dim())) if axes is None else [a % x.dim() for a in tuple_of(axes)]
    pads = tuple_of(pads)
    mode = at.get('mode', 'constant')
    for k, axis in enumerate(axes):
        begin, end = pads[k], pads[len(axes) + k]
        if mode == 'constant':
            flat = [0, 0] * (x.dim() - axis - 1) + [begin, end]
            x = F.pad(x, flat, value=0.0 if value is None else float(value))
        else:
            index = np.pad(np.arange(x.shape[axis]), (begin, end), mode=mode)
            x = x.index_select(axis, torch.tensor(index))
    return x


def gather(at, x, index):
    axis = at.get('axis', 0) % x.dim()
    index = torch.where(index < 0, index + x.shape[axis], index)
    y = x.index_select(axis, index.reshape(-1))
    return y.reshape(x.shape[:axis] + index.shape + x.shape[axis + 1:])


def wrap(index, n):
    return torch.where(index < 0, index + n, index)


def gather_nd(at, x, index):
    b = at.get('batch_dims', 0)
    if b == 0:
        return x[tuple(wrap(index[..., k], x.shape[k]) for k in range(index.shape[-1]))]
    return torch.stack([gather_nd({'batch_dims': b - 1}, x[k], index[k]) for k in range(x.shape[0])])


def scatter_elements(at, x, index, updates):
    axis = at.get('axis', 0) % x.dim()
    index = wrap(index, x.shape[axis])
    if at.get('reduction', 'none') == 'add':
        return x.scatter_add(axis, index, updates)
    return x.scatter(axis, index, updates)


def scatter_nd(at, x, index, updates):
    where = tuple(wrap(index[..., k], x.shape[k]) for k in range(index.shape[-1]))
    return x.index_put(where, updates, accumulate=at.get('reduction', 'none') == 'add')


def one_hot(at, index, depth, values):
    n = int(depth)
    axis = at.get('axis', -1)
    hot = F.one_hot(wrap(index, n), n).movedim(-1, axis).to(values.dtype)
    return hot * (values[1] - values[0]) + values[0]


def top_k(at, x, k):
    axis = at.get('axis', -1)
    return tuple(x.topk(int(k), axis, largest=bool(at.get('largest', 1)), sorted=True))


CAST = {
    TensorProto.FLOAT: torch.float64, TensorProto.DOUBLE: torch.float64, TensorProto.INT64: torch.int64, TensorProto.INT32: torch.int32,
    TensorProto.BOOL: torch.bool,
}


def cast(at, x):
    y = x.to(CAST[at['to']])
    y = y + 0 if y is x else y
    y.keep64 = at['to'] == TensorProto.DOUBLE
    return y


def depth_to_space(at, x):
    n, c, h, w = x.shape
    s = at['blocksize']
    if at.get('mode', 'DCR') == 'DCR':
        return x.reshape(n, s, s, c // s**2, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c // s**2, h * s, w * s)
    y = x.reshape(n, c // s**2, s, s, h, w).permute(0, 1, 4, 2, 5, 3).reshape(n, c // s**2, h * s, w * s)
    assert torch.equal(y, F.pixel_shuffle(x, s))
    return y


def space_to_depth(at, x):
    n, c, h, w = x.shape
    s = at['blocksize']
    return x.reshape(n, c, h // s, s, w // s, s).permute(0, 3, 5, 1, 2, 4).reshape(n, c * s**2, h // s, w // s)


def trilu(at, x, k=None):
    k = 0 if k is None else int(k)
    return torch.triu(x, k) if at.get('upper', 1) else torch.tril(x, k)


def squeeze(_, x, axes=None):
    return x.squeeze() if axes is None else x.squeeze(tuple_of(axes))


def unsqueeze(_, x, axes):
    rank = x.dim() + len(axes)
    for a in sorted(int(a) % rank for a in axes):
        x = x.unsqueeze(a)
    return x


def flatten(at, x):
    axis = at.get('axis', 1)
    axis = axis + x.dim() if axis < 0 else axis
    rows = int(np.prod(x.shape[:axis], dtype=np.int64))
    return x.reshape(rows, -1)


FAR = 2**31 - 1


def build():
    f = Family('shape')

    def x(op, *shape):
        return Draw(op, shape).normal(*shape)

    for shape, target, at in [((2, 3, 4), (6, 4), {}), ((2, 3, 4), (-1, 2), {}), ((2, 3, 4), (0, 0, 2, -1), {}), ((2, 3, 4), (24,), {}),
                              ((6,), (2, 1, 3), {}), ((1,), (), {}), ((2, 3), (3, 2), {'allowzero': 1})]:
        f.case('Reshape', at, [x('Reshape', *shape), ints(*target)], reshape)
    for shape, perm in [((2, 3), None), ((2, 3, 4), None), ((2, 3, 4), (1, 0, 2)), ((2, 3, 4), (2, 0, 1)), ((2, 3, 2, 2), (0, 2, 3, 1)),
                        ((2, 3, 2, 2), (0, 2, 1, 3)), ((2, 2, 3, 1, 2), (4, 1, 3, 0, 2))]:
        f.case('Transpose', {} if perm is None else {'perm': list(perm)}, [x('Transpose', *shape)],
               lambda at, x: x.permute(*at.get('perm', reversed(range(x.dim())))))
    for shape, starts, ends, axes, steps in [
        ((5,), (1,), (4,), None, None), ((4, 5), (0, 1), (3, 4), None, None), ((4, 5), (1,), (FAR,), (1,), None),
        ((4, 5), (-3,), (-1,), (-1,), (1,)), ((4, 6), (0, 1), (4, 6), (0, 1), (2, 3)), ((4, 5), (-1,), (-FAR,), (1,), (-1,)),
        ((2, 7), (5,), (0,), (1,), (-2,)), ((2, 3, 4, 4), (0, 0), (FAR, FAR), (2, 3), (2, 2)), ((2, 3, 4), (3, -1), (0, -100), (2, 1), (-1, -2)),
        ((3, 4), (2,), (100,), (0,), None), ((2, 3, 4), (0, 1, 2), (2, 3, 3), (0, 1, 2), None),
    ]:
        f.case('Slice', {}, [x('Slice', *shape), ints(*starts), ints(*ends), None if axes is None else ints(*axes),
                             None if steps is None else ints(*steps)], slice_)
    for shapes, axis in [(((2, 3), (2, 3)), 0), (((2, 3), (2, 1), (2, 2)), 1), (((1, 2, 3, 2), (1, 4, 3, 2)), 1), (((2, 3, 4), (2, 3, 1)), -1),
                         (((3,),), 0), (((2, 2, 2), (2, 1, 2), (2, 3, 2)), -2)]:
        f.case('Concat', {'axis': axis}, [Draw('Concat', k, s).normal(*s) for k, s in enumerate(shapes)],
               lambda at, *xs: torch.cat(xs, at['axis']))
    f.case('Concat', {'axis': 0}, [ints(1, 2), ints(-1)], lambda at, *xs: torch.cat(xs, 0), name='Concat int64')
    for shape, at, sizes in [((6,), {}, (2, 4)), ((2, 6), {'axis': 1}, (1, 2, 3)), ((2, 6), {'axis': -1, 'num_outputs': 3}, None),
                             ((2, 7, 2), {'axis': 1, 'num_outputs': 3}, None), ((2, 3, 4), {'axis': 2}, (2, 2))]:
        f.case('Split', at, [x('Split', *shape), None if sizes is None else ints(*sizes)], split)
    f.case('Split', {'axis': 1}, [Draw('Split one').normal(2, 4), ints(1, 3)], split, name='Split, only the second part used', cotangent=lambda k: k == 1)

    value = np.array(0.75, np.float32)
    for shape, at, pads, v, axes in [
        ((2, 3), {}, (0, 1, 2, 1), None, None), ((3,), {'mode': 'constant'}, (2, 1), value, None), ((1, 2, 3, 3), {}, (0, 0, 1, 1, 0, 0, 1, 1), None, None),
        ((1, 2, 3, 3), {}, (0, 0, 0, 2, 0, 0, 1, 0), value, None), ((2, 3, 4), {}, (1, 2), value, (1,)), ((2, 3, 4), {}, (1, 0, 0, 2), None, (-1, 0)),
        ((1, 2, 4, 4), {'mode': 'reflect'}, (0, 0, 1, 2, 0, 0, 2, 1), None, None), ((5,), {'mode': 'reflect'}, (3, 2), None, None),
        ((2, 3, 4), {'mode': 'reflect'}, (2, 1), None, (2,)), ((1, 2, 3, 4), {'mode': 'edge'}, (0, 0, 1, 2, 0, 0, 3, 1), None, None),
        ((4,), {'mode': 'edge'}, (2, 3), None, None),
    ]:
        f.case('Pad', at, [x('Pad', *shape), ints(*pads), v, None if axes is None else ints(*axes)], pad, wrt=[0])

    for shape, at, index in [((5, 3), {}, [0, 2, 2, 4]), ((2, 5), {'axis': 1}, [[1, 0], [4, -1]]), ((2, 3, 4), {'axis': -1}, 2),
                             ((2, 3, 4), {'axis': 1}, [[0], [2]]), ((4,), {}, [3, 3, 0]), ((3, 2), {'axis': 0}, [-1])]:
        f.case('Gather', at, [x('Gather', *shape), np.array(index, np.int64)], gather)
    f.case('Gather', {}, [ints(2, 3, 5, 7), ints(1, -1)], gather, name='Gather int64')
    for shape, at, index in [((3, 3), {'axis': 1}, [[0, 1], [2, 2], [1, -3]]), ((3, 4), {}, [[0, 1, 2, 0], [2, 2, -1, 1]]),
                             ((2, 2, 3), {'axis': -1}, [[[0], [2]], [[1], [1]]])]:
        f.case('GatherElements', at, [x('GatherElements', *shape), np.array(index, np.int64)],
               lambda at, x, i: x.gather(at.get('axis', 0) % x.dim(), wrap(i, x.shape[at.get('axis', 0)])))
    for shape, at, index in [((2, 3), {}, [[0, 0], [1, 2], [1, 2]]), ((3, 4), {}, [[1], [0], [-1]]), ((2, 3, 4), {}, [[[0, 1]], [[1, 2]]]),
                             ((2, 3, 4), {'batch_dims': 1}, [[1], [0]]), ((2, 3, 4), {'batch_dims': 1}, [[[0, 1], [2, 3]], [[1, 1], [0, 0]]])]:
        f.case('GatherND', at, [x('GatherND', *shape), np.array(index, np.int64)], gather_nd)
    for shape, at, index in [((3, 3), {}, [[1, 0, 2], [0, 2, 1]]), ((2, 5), {'axis': 1}, [[1, 3], [0, -1]]), ((4,), {'reduction': 'none'}, [2, 0]),
                             ((3, 3), {'reduction': 'add'}, [[1, 0, 2], [1, 2, 2]]), ((2, 5), {'axis': -1, 'reduction': 'add'}, [[1, 1, 3], [0, 4, 4]])]:
        i = np.array(index, np.int64)
        f.case('ScatterElements', at, [x('ScatterElements', *shape), i, Draw('ScatterElements u', shape, str(at)).normal(*i.shape)], scatter_elements)
    for shape, at, index, updates in [((5,), {}, [[1], [3]], (2,)), ((3, 4), {}, [[2], [0]], (2, 4)), ((2, 3, 2), {}, [[0, 1], [1, 2]], (2, 2)),
                                      ((5,), {'reduction': 'add'}, [[1], [3], [1]], (3,)), ((3, 4), {'reduction': 'add'}, [[2], [0], [2]], (3, 4)),
                                      ((3, 4), {'reduction': 'add'}, [[[0, 1], [2, 3]], [[0, 1], [-1, 0]]], (2, 2))]:
        f.case('ScatterND', at, [x('ScatterND', *shape), np.array(index, np.int64), Draw('ScatterND u', shape, str(at)).normal(*updates)], scatter_nd)

    for shape, target in [((3, 1), (3, 4)), ((4,), (2, 3, 4)), ((2, 1, 3), (1, 4, 1)), ((), (2, 2)), ((1, 3), (3,)), ((1, 4, 1, 1), (2, 4, 3, 2))]:
        f.case('Expand', {}, [x('Expand', *shape), ints(*target)],
               lambda _, x, s: x.expand(*torch.broadcast_shapes(x.shape, tuple_of(s))) * 1)
    for shape, repeats in [((3,), (2,)), ((2, 3), (1, 2)), ((2, 3), (3, 2)), ((1, 2, 3), (2, 1, 2))]:
        f.case('Tile', {}, [x('Tile', *shape), ints(*repeats)], lambda _, x, r: x.repeat(*tuple_of(r)))
    for index, depth, at in [([0, 2, 1], 4, {}), ([[1, 0], [2, 2]], 3, {'axis': 1}), ([0, -1], 3, {'axis': 0}), ([3, 1], 4, {'axis': -1})]:
        f.case('OneHot', at, [np.array(index, np.int64), np.array(depth, np.int64), np.array([0.1, 0.9] if at else [0, 1], np.float32)], one_hot, wrt=[])
    for shape, at, k in [((5,), {}, 2), ((3, 5), {'axis': 1}, 3), ((3, 5), {'axis': -1, 'largest': 0}, 2), ((4, 3), {'axis': 0}, 1),
                         ((2, 4, 3), {'axis': 1, 'sorted': 1}, 2)]:
        f.case('TopK', at, [Draw('TopK', shape, str(at)).distinct(*shape), ints(k)], top_k)

    for shape, axes in [((1, 3, 1), None), ((1, 3, 1), (0,)), ((2, 1, 3, 1), (1, -1)), ((2, 3, 1, 1), (2, 3))]:
        f.case('Squeeze', {}, [x('Squeeze', *shape), None if axes is None else ints(*axes)], squeeze)
    for shape, axes in [((3,), (0,)), ((2, 3), (-1,)), ((2, 3), (0, 3)), ((), (0,)), ((2, 3), (1, -1))]:
        f.case('Unsqueeze', {}, [x('Unsqueeze', *shape), ints(*axes)], unsqueeze)
    for shape, at in [((2, 3, 4), {}), ((2, 3, 4), {'axis': 2}), ((2, 3, 4), {'axis': 0}), ((2, 3, 4), {'axis': -1}), ((2, 3, 2, 2), {'axis': 1}),
                      ((2, 3), {'axis': 2})]:
        f.case('Flatten', at, [x('Flatten', *shape)], flatten)
    d = Draw('Cast')
    real = d.away(2, 4, points=range(-9, 10), gap=0.05, scale=3)
    for value, to in [(real, TensorProto.FLOAT), (real, TensorProto.DOUBLE), (real.astype(np.float64), TensorProto.FLOAT), (real, TensorProto.INT64),
                      (real, TensorProto.INT32), (np.array([0, 0.5, -2, 0], np.float32), TensorProto.BOOL), (d.integers(-5, 6, 2, 3), TensorProto.FLOAT),
                      (d.boolean(2, 3), TensorProto.FLOAT), (d.boolean(5), TensorProto.INT64), (d.integers(-2, 3, 6), TensorProto.BOOL)]:
        f.case('Cast', {'to': int(to)}, [value], cast)
    for shape, at in [((1, 8, 2, 3), {'blocksize': 2}), ((1, 8, 2, 3), {'blocksize': 2, 'mode': 'DCR'}), ((2, 8, 2, 2), {'blocksize': 2, 'mode': 'CRD'}),
                      ((1, 9, 2, 2), {'blocksize': 3, 'mode': 'CRD'})]:
        f.case('DepthToSpace', at, [x('DepthToSpace', *shape)], depth_to_space)
    for shape, at in [((1, 2, 4, 6), {'blocksize': 2}), ((2, 1, 3, 6), {'blocksize': 3})]:
        f.case('SpaceToDepth', at, [x('SpaceToDepth', *shape)], space_to_depth)
    for shape, at, k in [((4, 4), {}, None), ((3, 5), {'upper': 0}, None), ((2, 4, 4), {'upper': 1}, 1), ((5, 3), {'upper': 0}, -1), ((4, 4), {'upper': 0}, 2)]:
        f.case('Trilu', at, [x('Trilu', *shape), None if k is None else np.array(k, np.int64)], trilu)
    return f
