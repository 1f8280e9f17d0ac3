import { oneOf } from '../base/errors.ts';
import type { Model } from '../onnx/wire/messages.ts';
import { captured } from '../onnx/wire/node.ts';

/**
 * The file with `name`, any value in it, as its only output, and without the nodes that are not needed for it: what comes behind
 * may be anything, operators that are not supported included.
 */
export function cutAt(file: Model, name: string): Model {
  const { graph } = file;
  const made = graph.node.flatMap((n) => n.output.filter(Boolean));
  oneOf('value of the model', name, made);
  const makers = new Map<string, number>();
  graph.node.forEach((n, i) => {
    for (const output of n.output) if (output !== '') makers.set(output, i);
  });
  const needed = new Set<number>();
  const wanted = [name];
  while (wanted.length > 0) {
    const maker = makers.get(wanted.pop()!);
    if (maker === undefined || needed.has(maker)) continue;
    needed.add(maker);
    const node = graph.node[maker]!;
    wanted.push(...node.input, ...captured(node));
  }
  const known = [...graph.output, ...(graph.valueInfo ?? [])].find((o) => o.name === name);
  return {
    ...file,
    graph: { ...graph, node: graph.node.filter((_, i) => needed.has(i)), output: [known ?? { name }] },
  };
}
