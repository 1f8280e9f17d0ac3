import type { Format } from '../../../../page/format.ts';
import { sharedEn } from '../../../../page/words/en.ts';

/** What a page says of a network that makes pictures, in English. */
export const generateEn = (f: Format) => {
  const { images } = sharedEn(f);
  return {
    kind: 'Report on a model that makes pictures',
    lead: (classes: number, train: number) =>
      classes === 0
        ? `From ${images(train)} and what people say of them, this model learned to make new pictures of what a text says.`
        : `From ${images(train)}, this model learned to make new pictures of ${f.count(classes)} ${classes === 1 ? 'class' : 'classes'}.`,
    hero: (copies: string | undefined) =>
      copies === undefined
        ? 'It was judged by how well it takes noise off pictures; what it makes was not looked at yet.'
        : `${copies} of the pictures that it made are nearly equal to one that it was trained on.`,
    measured: (n: number, loss: string) =>
      `Measured on ${images(n)} that it was not trained on: the mean squared error of what it predicts for noisy pictures is ${loss}.`,
    cardTitle: 'Error on noisy pictures',
    cardNote: 'lower is better; it says little of how pictures look',
    nothing: 'Nothing stands out. Look at the pictures all the same: no number replaces that.',
    next: 'Look at the pictures that it makes with people who know real ones (`yosegi generate`).',
    curve: 'Error on noisy pictures, lower is better',
    summary: (epochs: number, best: number, value: string) =>
      `${f.count(epochs)} epochs. The lowest error on the validation images, ${value}, came in epoch ${best}; that state was kept.`,
    times: {
      title: 'Error by noise',
      intro: 'How wrong its prediction is when little or much noise lies on a picture.',
      time: 'Noise',
      loss: 'Error',
    },
    told: (share: string, pictures: number, among: number) =>
      `Told ${among} captions, one of them a picture’s own, it is least wrong with that one for ${share} of ${images(pictures)}; by chance it would be one of ${among}.`,
    deaf: (share: string, chance: string) => ({
      title: 'It hardly tells captions apart',
      text: `It is least wrong with a picture’s own caption for ${share} of the pictures; by chance it would be ${chance}.`,
      action: 'Train for longer, on more pictures, or with captions that use fewer words more often.',
    }),
    made: {
      title: 'Made pictures beside real ones',
      none: 'No pictures were made for this report: `yosegi eval` makes and judges some.',
      intro: (n: number, features: string) =>
        `${f.count(n)} pictures were made and compared with real ones by ${features}. The distance says how different the two sets are as wholes; the distance of two sets of real pictures stands beside it.`,
      beside: (n: number, ofValidation: number) =>
        ` They stood beside ${images(n)} that it was not trained on${ofValidation > 0 ? `, ${f.count(ofValidation)} of them validation images, as there are few test images` : ''}.`,
      fid: 'FID of made and real pictures (Fréchet distance on the Inception network that was given)',
      frechet: 'Fréchet distance of made and real pictures',
      real: 'The same of two sets of real pictures',
      precision: 'Made pictures that lie among real ones (precision)',
      recall: 'Real pictures that lie among made ones (recall)',
      coverage: 'Real pictures with a made one near (coverage)',
      copies: 'Made pictures nearly equal to one trained on',
      copiesReal: 'The same of real pictures that were kept back',
    },
    copying: (made: string, real: string) => ({
      title: 'It repeats pictures that it was trained on',
      text: `${made} of the made pictures are nearly equal to one that it was trained on; of real pictures that were kept back, ${real} are.`,
      action: 'Train for fewer epochs, with a smaller network, or on more pictures.',
    }),
  };
};
export type GenerateWords = ReturnType<typeof generateEn>;
