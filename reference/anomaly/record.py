"""Records src/tasks/anomaly/fixtures/anomaly.json: anomalib's own classes on small numbers.

Features are given, not computed: PatchcoreModel gets an extractor that returns them.
Run: python reference/anomaly/record.py, with anomalib 2.7.0, scikit-learn and scipy.
"""

import base64
import json
import pathlib

import numpy as np
import torch
from anomalib.metrics.aupro import _AUPRO
from anomalib.models.components import KCenterGreedy, MultiVariateGaussian
from anomalib.models.image.padim.anomaly_map import AnomalyMapGenerator as PadimMap
from anomalib.models.image.patchcore.torch_model import PatchcoreModel
from sklearn.metrics import roc_auc_score

OUT = pathlib.Path(__file__).parents[2] / 'src/tasks/anomaly/fixtures/anomaly.json'


def plain(t):
    """Shape and float32 bytes."""
    a = np.ascontiguousarray(np.asarray(t, dtype=np.float32))
    return {'shape': list(a.shape), 'data': base64.b64encode(a.tobytes()).decode()}


def coreset():
    # Three dimensions: anomalib projects only matrices, so that nothing is random but the first row.
    rows = torch.randn(120, 12, 1)
    torch.manual_seed(3)
    chosen = KCenterGreedy(rows, 0.25).select_coreset_idxs()
    return {'rows': plain(rows[..., 0]), 'chosen': chosen}


def patchcore():
    model = PatchcoreModel(layers=['a', 'b'], backbone='resnet18', pre_trained=False)
    levels = {'a': torch.randn(2, 6, 6, 10).relu(), 'b': torch.randn(2, 4, 3, 5).relu()}

    class Given(torch.nn.Module):
        def forward(self, _):
            return dict(levels)

    model.feature_extractor = Given()
    model.memory_bank = torch.randn(40, 10).relu() * 0.5
    model.eval()
    pooled = {k: model.feature_pooler(v) for k, v in levels.items()}
    patches = model.generate_embedding(pooled)
    flat = model.reshape_embedding(patches)
    distances, _ = model.nearest_neighbors(flat, 1)
    seen = model(torch.zeros(2, 3, 48, 80))
    return {'levels': [plain(v) for v in levels.values()], 'patches': plain(patches), 'memory': plain(model.memory_bank),
            'distances': plain(distances.reshape(2, 6, 10)), 'score': plain(seen.pred_score), 'map': plain(seen.anomaly_map[:, 0]), 'size': [48, 80]}


def padim():
    good, other = torch.randn(20, 5, 4, 6), torch.randn(2, 5, 4, 6) * 2
    gaussian = MultiVariateGaussian()
    mean, inverse = gaussian.fit(good)
    generator = PadimMap()
    distances = generator.compute_distance(other, [mean, inverse])
    seen = generator(embedding=other, mean=mean, inv_covariance=inverse, image_size=(32, 48))
    return {'good': plain(good), 'other': plain(other), 'mean': plain(mean), 'inverse': plain(inverse), 'distances': plain(distances[:, 0]),
            'map': plain(seen[:, 0]), 'size': [32, 48]}


def metrics():
    rng = np.random.default_rng(5)
    pictures, masks, maps = [], [], []
    for i, (h, w) in enumerate([(24, 40)] * 3):
        mask = np.zeros((h, w), np.uint8)
        if i < 2:
            mask[3:7, 4:12] = 1
            mask[7, 12] = 1  # touches by a corner
            mask[15:22, 20:23] = 1
            mask[16, 30 + i] = 1
        # Few different values, so that many are equal; halves and quarters are exact in any float.
        scores = np.round((rng.normal(size=(h, w)) + 1.5 * mask) * 8) / 8 + 4
        pictures.append({'size': [h, w], 'mask': base64.b64encode(mask.tobytes()).decode(), 'scores': plain(scores)})
        masks.append(mask)
        maps.append(scores)
    y, s = np.stack(masks), np.stack(maps)
    answer = {'pictures': pictures, 'auroc': roc_auc_score(y.ravel(), s.ravel()), 'aupro': {}}
    for limit in (0.05, 0.3, 1.0):
        m = _AUPRO(fpr_limit=limit)
        m.update(torch.tensor(s, dtype=torch.float32), torch.tensor(y.astype(np.int64)))
        answer['aupro'][str(limit)] = float(m.compute())
    positive, negative = [0.3, 0.9, 0.5, 0.5], [0.1, 0.5, 0.4, 0.2, 0.95]
    answer['image'] = {'positive': positive, 'negative': negative, 'auroc': roc_auc_score([1] * 4 + [0] * 5, positive + negative)}
    return answer


def main():
    torch.manual_seed(0)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({'coreset': coreset(), 'patchcore': patchcore(), 'padim': padim(), 'metrics': metrics()}) + '\n')


main()
