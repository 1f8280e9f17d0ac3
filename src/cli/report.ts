import { Command } from 'commander';
import { check } from '../base/errors.ts';
import { languages } from '../page/format.ts';
import { readReport, saveReport } from '../report/node/report.ts';
import { choice } from './arguments.ts';

interface Options {
  lang: (typeof languages)[number] | 'both';
  data?: string;
  out?: string;
}

/** `yosegi report RUN`: a page for people who do not train models. */
export function reportCommand(): Command {
  return new Command('report')
    .description('write what a run achieved, what it costs and what to watch as one HTML page')
    .argument('<run>', 'folder that `yosegi train` made')
    .addOption(choice('--lang <lang>', 'language of the page', [...languages, 'both']).default('en'))
    .option('--data <dir>', 'folder of pictures, if it is not where the run remembers it')
    .option('--out <file>', 'where to write the page (default: report.html or report.ja.html in the run folder)')
    .action(async (run: string, options: Options) => {
      check(
        options.lang !== 'both' || options.out === undefined,
        '--out names one file, but --lang both writes two: leave one of them out',
      );
      const input = await readReport(run, { dataFolder: options.data });
      for (const reason of input.stale ?? []) process.stderr.write(`note: ${reason}\n`);
      for (const lang of options.lang === 'both' ? languages : [options.lang]) {
        const { path, bytes, pictures } = await saveReport(input, run, lang, options.out);
        const with_ = pictures > 0 ? `, ${pictures} ${pictures === 1 ? 'picture' : 'pictures'}` : '';
        process.stdout.write(`${path}  (${Math.ceil(bytes / 1000)} kB${with_})\n`);
      }
    });
}
