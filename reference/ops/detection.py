"""Boxes: torchvision's NMS for every picture and class, as ONNX's NonMaxSuppression lists it; its RoiAlign."""

import numpy as np
import torch
from torchvision.ops import box_convert, nms, roi_align

from record import Draw, Family


def selected(attrs, boxes, scores, most=None, overlap=None, least=None):
    """[K, 3] rows (picture, class, box), each class from its highest score down."""
    corners = box_convert(boxes, 'cxcywh', 'xyxy') if attrs.get('center_point_box') else boxes
    corners = torch.cat([torch.minimum(corners[..., :2], corners[..., 2:]), torch.maximum(corners[..., :2], corners[..., 2:])], -1)
    most = 0 if most is None else int(most)
    overlap = 0.0 if overlap is None else float(overlap)
    rows = []
    for n in range(scores.shape[0]):
        for c in range(scores.shape[1]):
            at = torch.arange(scores.shape[2]) if least is None else torch.nonzero(scores[n, c] > float(least))[:, 0]
            kept = at[nms(corners[n, at], scores[n, c, at], overlap)][:most]
            rows += [(n, c, int(k)) for k in kept]
    return torch.tensor(rows, dtype=torch.int64).reshape(-1, 3)


def aligned(attrs, x, regions, pictures):
    boxes = torch.cat([pictures[:, None].to(regions.dtype), regions], 1)
    size = (attrs['output_height'], attrs['output_width'])
    return roi_align(x, boxes, size, attrs['spatial_scale'], attrs['sampling_ratio'], aligned=attrs['coordinate_transformation_mode'] == 'half_pixel')


def scalar(v, dtype):
    return np.array([v], dtype)


def build():
    f = Family('detection')
    for k, (n, c, a, center, most, overlap, least) in enumerate([
        (1, 1, 8, 0, 8, 0.5, None), (2, 3, 20, 0, 5, 0.4, 0.3), (1, 2, 16, 1, 16, 0.25, 0.5), (1, 2, 6, 0, 6, 0.5, 2.0), (2, 1, 10, 1, 3, 0.0, 0.0),
    ]):
        d = Draw('NonMaxSuppression', k)
        middle, size = d.uniform(20, 60, n, a, 2), d.uniform(8, 40, n, a, 2)
        boxes = np.concatenate([middle, size] if center else [middle - size / 2, middle + size / 2], -1)
        if k == 1:
            boxes = boxes[..., [2, 1, 0, 3]]  # any two opposite corners
        scores = (d.rng.permutation(n * c * a).reshape(n, c, a) / (n * c * a)).round(4).astype(np.float32)
        f.case('NonMaxSuppression', {'center_point_box': center} if center else {},
               [np.round(boxes, 3).astype(np.float32), scores, scalar(most, np.int64), scalar(overlap, np.float32), None if least is None else scalar(least, np.float32)],
               selected, wrt=[], name=f'NonMaxSuppression {"around middles" if center else "between corners"} {k + 1}')
    for k, (n, r, h, w, scale, ratio, mode) in enumerate([(1, 3, 2, 2, 1.0, 2, 'half_pixel'), (2, 4, 3, 2, 0.5, 0, 'half_pixel'), (2, 2, 2, 3, 0.25, 1, 'output_half_pixel')]):
        d = Draw('RoiAlign', k)
        x = d.uniform(-1, 1, n, 3, 8, 10).astype(np.float32)
        corner, size = d.uniform(0, 4, r, 2) / scale, d.uniform(1.5, 4, r, 2) / scale
        regions = np.round(np.concatenate([corner, corner + size], -1), 2).astype(np.float32)
        attrs = {'output_height': h, 'output_width': w, 'sampling_ratio': ratio, 'spatial_scale': scale, 'coordinate_transformation_mode': mode}
        f.case('RoiAlign', attrs, [x, regions, (np.arange(r) % n).astype(np.int64)], aligned, wrt=[], name=f'RoiAlign {mode} {k + 1}')
    return f
