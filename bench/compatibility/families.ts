import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { modelEntry, modelNames } from '../../src/models/registry.ts';
import { root, type Test } from './results.ts';
import { nothing, type Table, verdict } from './table.ts';

const trainsFile = 'src/models/trains.test.ts';

/** The tests of src/testing/parity.ts by what they compare. */
const titles = {
  parameters: 'has the parameters and statistics of the reference, by name and shape',
  outputs: 'gives the logits and stage features of the reference',
  gradients: 'gives the gradient of every parameter',
};

/** The family that a parity test belongs to: as it says itself, or (it failed) as its fixture says. */
function familyOf({ meta, file, suite }: Test): string | undefined {
  if (meta.parity) return meta.parity.family;
  const fixture = join(root, dirname(file), 'fixtures', suite.at(-1) ?? '');
  if (!fixture.endsWith('.json') || !existsSync(fixture)) return undefined;
  const { model } = JSON.parse(readFileSync(fixture, 'utf8')) as { model?: { variant: string } };
  return model && modelNames().includes(model.variant) ? modelEntry(model.variant).family : undefined;
}

/** "6 (2 variants, 5 sizes)" */
function extent(tests: readonly Test[]): string {
  const parity = tests.flatMap((t) => t.meta.parity ?? []);
  const count = (what: string, values: readonly unknown[]) => {
    const { size } = new Set(values.map((v) => JSON.stringify(v)));
    return `${size} ${what}${size === 1 ? '' : 's'}`;
  };
  const [variants, sizes] = [parity.map((p) => p.variant), parity.map((p) => p.size)];
  return `${parity.length} (${count('variant', variants)}, ${count('size', sizes)})`;
}

/** Differences below 1e-6 are taken as rounding and leave nothing. */
function largest(tests: readonly Test[]): string {
  const known = tests.flatMap((t) => t.meta.parity?.deviation ?? []);
  if (known.length === 0) return nothing;
  const most = Math.max(...known);
  return most === 0 ? '0' : most.toExponential(0);
}

function trains(tests: readonly Test[]): string {
  const told = tests.flatMap(({ meta: { trains: t } }) =>
    t ? `${t.mixer ?? t.variant} ${t.before.toFixed(2)} → ${t.after.toFixed(2)}` : [],
  );
  return verdict(tests, told.join(', '));
}

/** Family × parity × trains. */
export function familyRows(tests: readonly Test[]): Table {
  const parity = tests
    .filter((t) => Object.values(titles).includes(t.title))
    .map((t) => ({ ...t, family: familyOf(t) }));
  const families = [...new Set(modelNames().map((name) => modelEntry(name).family))].sort();
  const rows = families.map((family) => {
    const of = (title: string) => parity.filter((t) => t.family === family && t.title === title);
    const [parameters, outputs, gradients] = [of(titles.parameters), of(titles.outputs), of(titles.gradients)];
    const trained = tests.filter((t) => t.file === trainsFile && t.title.split(' with the mixer ')[0] === family);
    const variants = modelNames().filter((name) => modelEntry(name).family === family).length;
    return [
      family,
      String(variants),
      verdict(parameters),
      verdict(outputs, extent(outputs)),
      largest(outputs),
      verdict(gradients, extent(gradients)),
      largest(gradients),
      trains(trained),
    ];
  });
  const header = [
    'family',
    'variants',
    'parameters',
    'outputs',
    'deviation',
    'gradients',
    'deviation',
    'training loss',
  ];
  return { header, rows };
}
