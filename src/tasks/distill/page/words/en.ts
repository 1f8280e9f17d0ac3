import type { Format } from '../../../../page/format.ts';
import { sharedEn } from '../../../../page/words/en.ts';

/** What a page says of a network that was taught by another, in English. */
export const distillEn = (f: Format) => {
  const { images } = sharedEn(f);
  return {
    kind: 'Report on a network to start from',
    lead: (train: number) =>
      `From ${images(train)} without labels, this network learned to see what another one, its teacher, sees.`,
    hero: (explained: string) => `It explains ${explained} of what varies in its teacher’s features.`,
    measured: (n: number, explained: string) =>
      `Measured on ${images(n)} that it was not trained on: it explains ${explained} of what varies in its teacher’s features.`,
    cardTitle: 'Explained of the teacher’s features',
    cardNote: '100 % would be the same features; it says little of what they are worth for a task',
    nothing: 'Nothing stands out. What it is worth shows when a task is trained from it.',
    next: 'Train a task from it (`yosegi train DIR --weights` with this folder), beside the same without it.',
    curve: 'Explained share of the teacher’s features',
    summary: (epochs: number, best: number, value: string) =>
      `${f.count(epochs)} epochs. The state of epoch ${best} was kept, which explains ${value} on the validation images.`,
    parts: {
      title: 'What it says like its teacher',
      intro:
        'pooled is what the classifier reads; map16 and map32 are feature maps whose cells stand for 16 and 32 pixels.',
      part: 'Part',
      explained: 'Explained',
      agreement: 'Pictures that both take for the same class',
    },
  };
};
export type DistillWords = ReturnType<typeof distillEn>;
