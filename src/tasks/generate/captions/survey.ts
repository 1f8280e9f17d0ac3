import { spread } from '../../../base/spread.ts';
import { counted, median, type Survey, type SurveyTable } from '../../survey.ts';
import { captionsOf, type GenerateTarget } from '../target.ts';

/** Words of a caption, for counting: what stands between blanks and punctuation. */
const wordsOf = (caption: string): string[] => caption.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** How many captions there are, how long, how varied. */
export const captionSurvey: Survey<GenerateTarget> = {
  tables(pictures): SurveyTable[] {
    const of = pictures.flatMap(({ target, split }) => captionsOf(target).map((caption) => ({ caption, split })));
    if (of.length === 0) return [];
    const all = of.map(({ caption }) => caption);
    const lengths = all.map((caption) => wordsOf(caption).length);
    const words = new Set(all.flatMap(wordsOf));
    const learnt = new Set(of.filter(({ split }) => split === 'train').flatMap(({ caption }) => wordsOf(caption)));
    const unseen = [...new Set(of.filter(({ split }) => split !== 'train').flatMap(({ caption }) => wordsOf(caption)))];
    const strange = unseen.filter((word) => !learnt.has(word));
    const rows = [
      ['captions', counted(all.length)],
      ['different ones', counted(new Set(all).size)],
      ['words in the middle one', counted(median(lengths))],
      ['words in the longest', counted(lengths.reduce((a, b) => Math.max(a, b), 0))],
      ['different words', counted(words.size)],
    ];
    const examples = spread([...new Set(all)], 3).map((caption) => `“${caption}”`);
    const notes = [`for example ${examples.join(', ')}`];
    if (strange.length > 0)
      notes.push(
        `${counted(strange.length)} words stand only in captions that are not trained on, such as ${spread(strange, 3).join(', ')}: a network that is told them has never seen what they mean`,
      );
    return [{ title: 'captions', columns: ['of the pictures', 'count'], rows, notes }];
  },
  uneven:
    'The classes are uneven: rare ones are made badly, and often as copies; collect more of them, or train with balanced sampling.',
};
