import { taskNamed } from '../../../tasks/node/registry.ts';
import type { bundleReadme } from '../../readme.ts';
import type { Member } from './member.ts';

/** Programs that print every member's answer. */
export function joinedCode(members: readonly Member[]): Parameters<typeof bundleReadme>[2] {
  const each = (variables: readonly string[], write: (member: Member, index: number, own: string[]) => string) => {
    const rest = [...variables];
    return members.map((m, i) => write(m, i, rest.splice(0, Object.keys(m.values).length))).join('\n');
  };
  return {
    node: (variables) =>
      `const { members } = JSON.parse(readFileSync('manifest.json', 'utf8'));\n${each(
        variables,
        ({ loaded }, i, own) =>
          `{\n  const labels = members[${i}].labels;\n${taskNamed(loaded.run.task).ship.code.node(own)}\n}`,
      )}`,
    python: (variables) =>
      `members = json.load(open('manifest.json', encoding='utf-8'))['members']\n${each(
        variables,
        ({ loaded }, i, own) => `labels = members[${i}]['labels']\n${taskNamed(loaded.run.task).ship.code.python(own)}`,
      )}`,
  };
}
