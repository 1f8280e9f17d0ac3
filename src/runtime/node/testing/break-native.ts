const moduleUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

/** Node arguments under which onnxruntime-node fails to load with `message`, in the process and in its workers. */
export function breakNative(message: string): string[] {
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier === 'onnxruntime-node') throw new Error(${JSON.stringify(message)});
    return next(specifier, context);
  }`;
  const code = `import { register } from 'node:module'; register(${JSON.stringify(moduleUrl(hooks))});`;
  return ['--import', moduleUrl(code)];
}
