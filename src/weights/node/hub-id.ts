import { check } from '../../base/errors.ts';

/** A model on the Hugging Face hub. */
export interface HubId {
  /** `owner/name` */
  readonly name: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** The hub itself; a company's mirror takes its place by the variable that Hugging Face's own tools read. */
export function hubUrl(env: NodeJS.ProcessEnv = process.env): string {
  return (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
}

/**
 * `owner/name`, `owner/name@revision`, optionally with timm's `hf-hub:` before it; undefined where the text is no such id.
 * What comes out can be part of a path: it has no `..`, and nothing that begins with a dot.
 */
export function hubId(text: string): HubId | undefined {
  const part = '[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?';
  const found = new RegExp(`^(?:hf[-_]hub:)?(${part}/${part})(?:@(.+))?$`).exec(text);
  const name = found?.[1];
  // The hub allows neither; both would make two names one folder, or lead out of it.
  if (name === undefined || /\.\.|--/.test(name) || /\.(git|safetensors)$/.test(name)) return undefined;
  const revision = found?.[2] ?? 'main';
  check(
    revision.length <= 200 &&
      revision.split('/').every((p) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(p) && !p.includes('..')),
    () => `'${revision}' is no revision: a branch, tag or commit is expected behind @, e.g. ${name}@main`,
  );
  return { name, revision };
}

export const isCommit = (revision: string) => /^[0-9a-f]{40}$/.test(revision);

/** Where a file of a model is downloaded from. */
export const fileUrl = (url: string, { name, revision }: HubId, file: string) =>
  `${url}/${name}/resolve/${encodeURIComponent(revision)}/${file}`;

/** What a user without network can do. */
export function byHand(url: string, id: HubId): string {
  const urls = files.map((file) => `  ${fileUrl(url, id, file)}`);
  return [
    'To do it by hand: on a computer with network, open these two addresses in a browser,',
    ...urls,
    `save them as ${files.join(' and ')} in one folder, bring it here, and give the folder in place of '${id.name}'`,
  ].join('\n');
}

/** All that is ever fetched. */
export const files = ['config.json', 'model.safetensors'] as const;
