import { percent } from '../../base/text/percent.ts';
import { pixelsOf } from '../segment/survey.ts';
import { counted, median, type Survey } from '../survey.ts';
import type { AnomalyTarget } from './target.ts';

/** Kinds of anomaly, and how large they are where they are drawn. */
export const anomalySurvey: Survey<AnomalyTarget> = {
  tables(pictures) {
    const bad = pictures.filter(({ target }) => target.anomalous);
    if (bad.length === 0) return [];
    const kinds = [...new Set(bad.map(({ target }) => target.kind ?? 'anomalous'))].sort();
    const rows = kinds.map((kind) => {
      const own = bad.filter(({ target }) => (target.kind ?? 'anomalous') === kind);
      const areas = own.flatMap(({ target }) => areaOf(target) ?? []);
      return [kind, counted(own.length), counted(areas.length), areas.length > 0 ? percent(median(areas), 2) : '–'];
    });
    const notes = [`${counted(pictures.length - bad.length)} good pictures; anomalous ones are never trained on`];
    return [{ title: 'kinds of anomaly', columns: ['kind', 'pictures', 'drawn', 'of these'], rows, notes }];
  },
  uneven: 'Anomalies are rare by nature: only good pictures are learnt from, so nothing has to be evened out.',
};

/** Share of the picture that is anomalous; undefined where nobody has drawn it. */
function areaOf({ mask }: AnomalyTarget): number | undefined {
  const part = mask?.parts.find(({ label }) => label === 1);
  if (!mask || !part) return undefined;
  return pixelsOf(mask, part.runs) / (mask.size[0] * mask.size[1]);
}
