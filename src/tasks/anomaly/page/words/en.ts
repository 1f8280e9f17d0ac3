import type { FindingWords } from '../../../../page/advice.ts';
import type { Format } from '../../../../page/format.ts';
import { sharedEn } from '../../../../page/words/en.ts';
import { picturesFor } from '../../threshold.ts';
import type { AnomalyFindings } from '../findings.ts';

/** What was measured; shares are written already. */
export interface Measured {
  readonly images: number;
  readonly auroc: string;
  /** The 95 % interval of the share of anomalous pictures that are found. */
  readonly low: string;
  readonly high: string;
}

const MOST_NAMES = 6;

/** What a page says of a finder of anomalies in English: short sentences, no jargon without a gloss. */
export const anomalyEn = (f: Format) => {
  const { images } = sharedEn(f);
  const findings: FindingWords<AnomalyFindings> = {
    nothingAnomalous: ({ images: n }) => ({
      title: 'No anomalous picture was tested',
      text: `All ${images(n)} are good ones. Nothing is known about what the model finds.`,
      action:
        'Put at least 20 pictures of each kind of anomaly that you know into the test folder, and measure again. They are never learned from.',
    }),
    noGood: ({ images: n }) => ({
      title: 'No good picture was tested',
      text: `All ${images(n)} are anomalous. How often the model raises a false alarm is not known.`,
      action:
        'Put at least 100 pictures of good parts, taken on other days than those it learned from, into the test folder.',
    }),
    fewGood: ({ good }) => ({
      title: 'Too few good test pictures for a small rate of false alarms',
      text: `${images(good)} of good parts were tested. Even without a single false alarm among so few, up to ${f.percent(Math.min(1, 3 / good), 0)} of good parts may raise one.`,
      action: 'Add pictures of good parts to the test folder, at least 100; for a rate of 1 in 1,000, 3,000.',
    }),
    weak: ({ auroc }) => ({
      title: 'Good and anomalous pictures are hardly told apart',
      text: `Of a good and an anomalous picture, the model gives the higher score to the anomalous one in ${f.percent(auroc, 0)} of cases; guessing would be 50%.`,
      action:
        'Check that the backbone has trained weights, use larger pictures (option “size” of yosegi train), and keep the camera, the light and the position of the part as constant as possible. If you have pictures of the anomalies with marks, train a segmenter or a detector as well.',
    }),
    missedMany: ({ missed, anomalous }) => ({
      title: 'Many anomalous parts pass for good',
      text: `${f.count(missed)} of ${images(anomalous)} are below the threshold.`,
      action:
        'Look at “The worst misses”. More good pictures to learn from allow a lower threshold; a larger share of false alarms (option “false-alarms” of yosegi train) does, too, at a price.',
    }),
    missedKinds: ({ kinds }) => ({
      title: 'Some kinds of anomaly are missed',
      text: `Shares that pass for good: ${kinds
        .slice(0, MOST_NAMES)
        .map(({ name, share }) => `“${name}” ${f.percent(share, 0)}`)
        .join(', ')}.`,
      action: 'See whether they can be seen at all in a picture of the size of the input; if not, use larger pictures.',
    }),
    moreAlarms: ({ share, promised }) => ({
      title: 'More false alarms than the threshold promises',
      text: `${f.percent(share, 0)} of the good test pictures raise an alarm, where at most ${f.percent(promised, 0)} were to be expected. The good parts of the test look different from those that were learned.`,
      action:
        'Find out what has changed (light, camera, material, day), and add good pictures with all of this variety to those that are learned from.',
    }),
    wish: ({ wished, promised, pictures }) => ({
      title: 'Too few good pictures for the rate of false alarms that was asked for',
      text: `From ${images(pictures)}, at most ${f.percent(promised)} of false alarms can be promised; ${f.percent(wished)} was asked for.`,
      action: `Learn from at least ${f.count(picturesFor(wished))} good pictures.`,
    }),
  };
  return {
    head: {
      kind: 'Report on a model that finds anomalies',
      lead: (train: number) =>
        `From ${images(train)} of good parts alone, this model learned what good parts look like; it reports what is unlike them.`,
      hero: (found: string, all: string, alarms: string, good: string) =>
        `It finds ${found} of ${all} anomalous parts, and calls ${alarms} of ${good} good parts anomalous.`,
      heroNothing: 'How good is it? No anomalous part was tested.',
      measured: ({ images: n, auroc, low, high }: Measured) =>
        `Measured on ${images(n)}. Of a good and an anomalous one, the anomalous one has the higher score in ${auroc} of cases (AUROC). Judging from that many pictures, expect to find between ${low} and ${high} of such anomalies in the long run (95% interval), as long as the pictures stay like these.`,
      nothing: (n: number) => `Measured on ${images(n)} of good parts only.`,
      card: 'Good and anomalous told apart (AUROC)',
      cardMeans: '100% is perfect, 50% is guessing',
    },
    nothing: 'Nothing stands out: anomalies are found, and good parts pass.',
    steps: {
      examples:
        'Go through the worst misses and false alarms below with the people who know the parts. A false alarm is often a part that nobody would call good, or a look of good parts that was not learned: add pictures of it to the good ones.',
      more: 'Collect good pictures of other days, shifts and materials: every look of a good part that the model has not seen becomes a false alarm.',
    },
    separation: {
      title: 'Good or anomalous?',
      intro:
        'Each dot is a test picture; the further right, the less it looks like the good pictures that were learned. Above the threshold (1) a picture is called anomalous. The fewer dots of the two rows overlap, the better.',
      strip: 'Scores of the good and of the anomalous pictures, with the threshold at 1',
      good: 'good',
      anomalous: 'anomalous',
      threshold: 'threshold 1',
      auroc: 'Told apart (AUROC)',
      aurocMeans: '100% is perfect, 50% is guessing; no threshold involved',
      missed: 'Anomalous pictures that pass for good',
      alarms: 'Good pictures called anomalous',
      of: (n: string, all: string) => `${n} of ${all}; in brackets, the 95% interval`,
      pixels: 'Where it is: AUROC of pixels',
      pixelsMeans: 'of an anomalous and a good pixel, how often the anomalous one is hotter',
      aupro: 'Where it is: overlap with the regions (AUPRO)',
      auproMeans: (regions: string) =>
        `mean share of each of ${regions} regions that is found, over all thresholds at which up to 30% of the good pixels are hot`,
      noMasks: 'nobody has drawn where the anomalies are',
    },
    threshold: {
      title: 'Where the threshold comes from',
      intro:
        'No anomalous picture is needed for it. Each good picture is judged by what was learned from the others; the scores say how far good pictures stray. The threshold is put where at most the wanted share of them lies above. Scores are divided by it, so it is 1 for every model.',
      pictures: 'Good pictures it was taken from',
      wished: 'Share of false alarms that was asked for',
      promised: 'Share that can be promised',
      few: (wished: string, pictures: string) =>
        `So few pictures cannot promise ${wished}: that takes ${pictures} good pictures. The threshold is the highest score of a good picture.`,
      alike:
        'The promise holds on average, for good parts that are photographed as those that were learned from: same camera, same light, same material. It says nothing about how many anomalies are found; that has to be tested.',
      unknown: 'How the threshold was found is not known: this evaluation does not say.',
    },
    kinds: {
      title: 'Kinds of anomaly',
      intro:
        'Nothing was learned from any of these: they are all simply unlike good parts. The kinds that are missed most come first.',
      none: 'The test pictures say nothing of kinds of anomaly.',
      kind: 'Kind',
      images: 'Test pictures',
      missed: 'Missed',
      found: 'Found',
      auroc: 'Told apart from good (AUROC)',
    },
    examples: {
      title: 'Pictures with their heat maps',
      intro:
        'The warmer an area, the less it looks like anything on good pictures. Areas from the second step on are hotter than any good picture gets. The maps are drawn coarser than they are.',
      nothing: 'No picture was looked at.',
      none: 'There are none.',
      missed: 'The worst misses: anomalous pictures with the lowest scores',
      falseAlarms: 'The worst false alarms: good pictures with the highest scores',
      found: 'Found, with the highest scores',
      passed: 'Good pictures that pass, those with the highest scores',
      score: 'Score',
      kind: 'Kind',
      alt: (anomalous: boolean, score: string) =>
        `${anomalous ? 'Anomalous' : 'Good'} picture with its heat map, score ${score}`,
      heat: '0.7, 1, 1.5 and 2.2 times as unlike as good pictures get',
      truth: 'where people have marked an anomaly',
    },
    terms: [
      [
        'Score',
        'How far the least familiar spot of a picture is from anything seen on good pictures, divided by the threshold: above 1 a picture is called anomalous.',
      ],
      [
        'AUROC',
        'Take one anomalous picture and one good one, at random. The AUROC is how often the model gives the higher score to the anomalous one: 50% is guessing, 100% is perfect.',
      ],
      [
        'Miss and false alarm',
        'A miss is an anomalous part that passes for good. A false alarm is a good part that is called anomalous.',
      ],
      [
        'Backbone',
        'The part of the network that sees edges, textures and shapes. It was trained on other pictures and is not changed here; only what good parts look like to it is remembered.',
      ],
      [
        '95% interval',
        'A test is a sample. If it were repeated many times with other pictures of the same kind, the true share would lie inside such an interval 95 times in 100. More test pictures make it narrower.',
      ],
    ] as readonly (readonly [string, string])[],
    findings,
  };
};
