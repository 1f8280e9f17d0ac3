import { once } from 'node:events';
import { startWorker } from '../../../base/node/worker.ts';
import { f32 } from '../../../base/tensor.ts';
import { mul } from '../../../graph/build.ts';
import { graph } from '../../../graph/graph.ts';
import { input } from '../../../graph/value.ts';
import { toOnnx } from '../../../onnx/print.ts';
import { encodeModel } from '../../../onnx/wire/model.ts';
import type { Runtime } from '../../runtime.ts';

// For quiet.test.ts: brings onnxruntime-node in as it is told, runs a model, prints what comes out.
const x = f32([2], [1, 2]);
const doubled = encodeModel(toOnnx(graph({ y: mul(input('x', 'float32', [2]), 2) })));
const say = async (runtime: Runtime) => {
  const program = await runtime.load(doubled);
  console.log((await program.run({ x })).y!.data.join());
  await program.close();
  await runtime.close();
};

for (const how of process.argv.slice(2)) {
  if (how === 'worker') await say(await (await import('../worker.ts')).workerRuntime());
  if (how === 'native') await say(await (await import('../native.ts')).nativeRuntime());
  if (how === 'child') {
    const child = (await import('../child.ts')).startChild(import.meta.url, './quiet-run', ['native']);
    child.stdout!.pipe(process.stdout, { end: false });
    await once(child, 'exit');
  }
  if (how === 'import') {
    // What somebody does who imports the package, and then the library besides.
    await import('../../../index.ts');
    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    const session = await InferenceSession.create(doubled);
    console.log((await session.run({ x: new Tensor('float32', x.data, [2]) })).y!.data.toString());
  }
  if (how === 'own-worker') {
    // A worker of the user's, in a process where nothing of yosegi ran before.
    const worker = startWorker(import.meta.url, './quiet-worker');
    const [said] = await once(worker, 'message');
    console.log(said);
  }
}
