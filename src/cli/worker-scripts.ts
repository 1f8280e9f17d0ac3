import { stringify } from 'yaml';
import { oneOf } from '../base/errors.ts';
import { shellPath } from '../base/node/shell.ts';

/** What many workers at once are started with. */
export interface Many {
  /** A folder, or the address of a server. */
  readonly queue: string;
  readonly data?: string;
  readonly workers: number;
  /** Of each. */
  readonly cpus: number;
  /** Of each, GiB. */
  readonly memory: number;
  /** After which each is ended; its trial goes back. */
  readonly hours: number;
  /** Of a container with yosegi in it. */
  readonly image: string;
}

/** Minutes without work after which they end, so that the cluster is free again. */
const IDLE = 10;
/** Seconds to give a trial back in. */
const GRACE = 60;
/** The environment variable that says where the queue is. */
export const QUEUE_VARIABLE = 'YOSEGI_QUEUE';

const isAddress = (queue: string) => /^\w+:\/\//.test(queue);

function slurm({ queue, data, workers, cpus, memory, hours }: Many): string {
  const minutes = Math.ceil(60 * hours);
  const words = [
    '--threads',
    '"$SLURM_CPUS_PER_TASK"',
    '--idle',
    String(IDLE),
    ...(data ? ['--data', shellPath(data)] : []),
  ];
  return `#!/bin/bash
# yosegi: ${workers} workers. Submit with: sbatch FILE
#SBATCH --job-name=yosegi-worker
#SBATCH --array=1-${workers}
#SBATCH --cpus-per-task=${cpus}
#SBATCH --mem=${Math.ceil(1024 * memory)}M
#SBATCH --time=${minutes}
#SBATCH --requeue
# Told a minute before its time is over: the trial under way goes back.
#SBATCH --signal=B:TERM@${GRACE}
${isAddress(queue) ? `# The address may hold a password: export ${QUEUE_VARIABLE}=… before sbatch.\n: "\${${QUEUE_VARIABLE}:?}"` : `export ${QUEUE_VARIABLE}=${shellPath(queue)}`}
# In place of the shell, so that it hears the signal itself.
exec yosegi worker ${words.join(' ')}
`;
}

function kubernetes({ queue, data, workers, cpus, memory, hours, image }: Many): string {
  const name = 'yosegi-worker';
  const words = ['worker', '--threads', String(cpus), '--idle', String(IDLE), ...(data ? ['--data', data] : [])];
  const resources = { cpu: String(cpus), memory: `${Math.ceil(1024 * memory)}Mi` };
  const secret = { secretKeyRef: { name: 'yosegi-queue', key: 'url' } };
  const manifest = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      completionMode: 'Indexed',
      completions: workers,
      parallelism: workers,
      // A worker that a node lost comes back; each counts for itself.
      backoffLimitPerIndex: 20,
      activeDeadlineSeconds: Math.ceil(3600 * hours),
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: GRACE,
          containers: [
            {
              name,
              image,
              command: ['yosegi', ...words],
              env: [{ name: QUEUE_VARIABLE, ...(isAddress(queue) ? { valueFrom: secret } : { value: queue }) }],
              resources: { requests: resources, limits: resources },
              volumeMounts: [{ name: 'share', mountPath: '/share' }],
            },
          ],
          volumes: [{ name: 'share', persistentVolumeClaim: { claimName: 'yosegi' } }],
        },
      },
    },
  };
  const about = [
    `yosegi: ${workers} workers. Start with: kubectl apply -f FILE`,
    "The images (and a queue that is a folder) lie on the volume claim 'yosegi', seen at /share.",
    ...(isAddress(queue)
      ? ["Before: kubectl create secret generic yosegi-queue --from-literal=url='the address of the queue'"]
      : []),
  ];
  return `${about.map((line) => `# ${line}\n`).join('')}${stringify(manifest)}`;
}

const scripts = { slurm, kubernetes } as const;
export const scriptNames = ['slurm', 'kubernetes'] as const satisfies readonly (keyof typeof scripts)[];

/** What starts many workers on a cluster: a Slurm array script, or a Kubernetes indexed Job. */
export const scriptFor = (name: string, many: Many): string => scripts[oneOf('script', name, scriptNames)](many);
