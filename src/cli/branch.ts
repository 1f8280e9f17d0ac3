import { InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../base/errors.ts';
import { type Branch, parseBranch } from '../models/dynamic-perceiver/beside.ts';
import { smallBranch } from '../models/dynamic-perceiver/config.ts';

/** `--exits`, alone or with settings of the branch: `latents=16,layers=1/1/2/1,z2x=off`. */
export function exitsOption(): Option {
  return new Option(
    '--exits [settings]',
    'classifiers on the way, at which easy images may leave: a Dynamic Perceiver beside the model; ' +
      `settings such as latents=${smallBranch.latents},layers=${smallBranch.layers.join('/')},z2x=off,places=… (four blocks)`,
  )
    .preset('')
    .argParser(branch);
}

/** The settings as written, with small ones where nothing is said. */
export function branch(text: string): Branch {
  const pairs = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part): [string, unknown] => {
      const [name = '', ...rest] = part.split('=');
      if (rest.length !== 1)
        throw new InvalidArgumentError(`'${part}' is no setting: write name=value, with commas between.`);
      return [name.trim(), settingOf(name.trim(), rest[0]!.trim())];
    });
  try {
    return parseBranch({ ...smallBranch, ...Object.fromEntries(pairs) });
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

function settingOf(name: string, text: string): unknown {
  if (name === 'places') return text.split('/');
  if (/^(on|yes|true)$/.test(text)) return true;
  if (/^(off|no|false)$/.test(text)) return false;
  const numbers = text.split('/').map((t) => (t === '' ? Number.NaN : Number(t)));
  return numbers.length === 1 && name !== 'x2z' ? numbers[0] : numbers;
}
