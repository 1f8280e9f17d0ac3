import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { check, messageOf } from '../base/errors.ts';
import { type ModelProfile, profileNetwork } from '../measure/profile.ts';
import { profileList, profileText } from '../measure/profile-text.ts';
import type { ModelOptions } from '../models/model.ts';
import { answering, ownNetwork } from '../models/network.ts';
import { modelNames, modelPicture, modelSettings, type Overrides } from '../models/registry.ts';
import { isModelFolder, openModel } from '../run/node/open-model.ts';
import { modelOf, readRun } from '../run/node/run-folder.ts';
import { taskOptionsOf } from '../run/task-options.ts';
import { taskNamed, tasks } from '../tasks/node/registry.ts';
import { BOX, boxEntries, boxEntry } from '../weights/node/box.ts';
import { size, whole } from './arguments.ts';
import { boxList, boxText } from './box-text.ts';

interface Flags {
  size?: [number, number];
  classes?: number;
  channels?: number;
  layout?: string;
  json?: boolean;
}

/** `yosegi info [MODEL|RUN]`: what a model is made of and where its work is; without a name, all models. */
export function infoCommand(): Command {
  return new Command('info')
    .description('what a model is made of: configuration, stages, shapes, parameters, work; without a name: all models')
    .argument(
      '[model]',
      'a model such as ascan-tiny, the folder of a run, or weights in the box such as box:mobilenetv2-imagenet',
    )
    .option('--size <pixels>', 'input size, 224 or 480x640 (default: the model’s own)', size)
    .option('--classes <n>', 'number of classes (default 1000)', whole(1))
    .option('--channels <n>', 'channels of the image (default 3)', whole(1))
    .option('--layout <blocks>', 'other blocks, e.g. "CC|CCCT|CCTT|CTTT"')
    .option('--json', 'print everything as JSON')
    .action(async (name: string | undefined, flags: Flags) => {
      const { json } = flags;
      const print = (value: unknown, text: () => string) =>
        process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text()}\n`);
      if (name === undefined) {
        const all = await Promise.all(
          [...modelNames(), ...sources.flatMap((s) => s.names())].map((n) => attempt(n, flags)),
        );
        const built = all.flatMap((p) => ('error' in p ? [] : [p]));
        const failed = all.flatMap((p) => ('error' in p ? [`${p.name} cannot be built so: ${p.error}`] : []));
        const box = await boxEntries();
        print({ models: all, box }, () => [profileList(built), ...failed, '', boxList(box)].join('\n'));
        return;
      }
      if (name.startsWith(BOX)) {
        const entry = await boxEntry(name.slice(BOX.length));
        const { architecture, classes } = entry.config;
        // Without a classifier it is shown with one of as many classes as are asked for.
        const known = classes > 0 ? { classes } : {};
        const profile = await profileOf(architecture, { size: [...entry.config.input.size], ...known, ...flags });
        print({ ...profile, box: entry }, () => `${boxText(entry)}\n\n${profileText(profile)}`);
        return;
      }
      const run = await runFolder(name);
      const profile = run ? await profileOfRun(run, flags) : await profileOf(name, flags);
      print(profile, () => profileText(profile));
    });
}

/** Models that only some tasks take. */
const sources = tasks.flatMap(({ models }) => models ?? []);

async function profileOf(name: string, { size, classes, channels, layout }: Flags): Promise<ModelProfile> {
  const overrides: Overrides = layout === undefined ? {} : { layout };
  const options: ModelOptions = { size, classes, channels };
  const only = sources.find((source) => source.names().includes(name));
  const { model, picture, imported } = await openModel(name, options, overrides, only);
  if (only) return profileNetwork(ownNetwork(model), picture, only.settings(name, overrides));
  const network = model.answers ? answering(model, model.answers) : ownNetwork(model);
  return profileNetwork(network, picture, imported ? [] : modelSettings(name, overrides));
}

/** A profile, or why this model does not exist in the given size or layout. */
async function attempt(name: string, flags: Flags): Promise<ModelProfile | { name: string; error: string }> {
  try {
    return await profileOf(name, flags);
  } catch (error) {
    return { name, error: messageOf(error) };
  }
}

async function profileOfRun(folder: string, flags: Flags): Promise<ModelProfile> {
  const given = (['size', 'classes', 'channels', 'layout'] as const).filter((key) => flags[key] !== undefined);
  check(given.length === 0, () => `a run has its own ${given.join(' and ')}: leave out --${given.join(' and --')}`);
  const run = await readRun(folder);
  const model = await modelOf(run, folder);
  const { models, makes, ...task } = taskNamed(run.task);
  // What makes pictures is judged by several looks, and called for one.
  const network = makes ? ownNetwork(model) : task.network(model, taskOptionsOf(run));
  if (run.source) return profileNetwork(network, `imported as ${run.model}`);
  if (models)
    return profileNetwork(network, models.picture(run.model, run.overrides), models.settings(run.model, run.overrides));
  return profileNetwork(network, modelPicture(run.model, run.overrides), modelSettings(run.model, run.overrides));
}

/** The folder of a run, if that is what `name` is: a folder, or its run.json. */
async function runFolder(name: string): Promise<string | undefined> {
  const info = await stat(name).catch(() => undefined);
  if (info?.isDirectory()) {
    // A folder that happens to be called like a model does not hide it.
    const isRun = await stat(join(name, 'run.json')).catch(() => undefined);
    if (!isRun && (await isModelFolder(name))) return undefined;
    return isRun || !modelNames().includes(name) ? name : undefined;
  }
  return info?.isFile() && basename(name) === 'run.json' ? dirname(name) : undefined;
}
