import type { Format } from '../format.ts';

/** What any part of a page may need, in English. */
export const sharedEn = (f: Format) => {
  const images = (n: number) => `${f.count(n)} ${n === 1 ? 'image' : 'images'}`;
  return {
    quoted: (name: string) => `“${name}”`,
    /** Between two names of a list. */
    comma: ', ',
    more: (n: number) => `… and ${f.count(n)} more`,
    images,
    range: (low: string, high: string) => `${low}\u2009–\u2009${high}`,
    /** Between two sentences. */
    space: ' ',
    /** Of a file that is not there any more. */
    picture: 'picture not found',
    pictures: (run: string) =>
      `The pictures themselves could not be found. Make the report with \`yosegi report ${run} --data FOLDER\` to see them.`,
  };
};
