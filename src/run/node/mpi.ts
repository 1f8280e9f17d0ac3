import { messageOf, YosegiError } from '../../base/errors.ts';
import type { Ranks } from '../../train/ranks.ts';

/** Processes that `mpirun` started, as a training sees them. */
export interface MpiRanks extends Ranks {
  /** The last thing that every process does. */
  close(): void;
}

/** How many processes `mpirun` (Open MPI's) started beside this one, itself included; 1 where none did. */
const mpiSize = (env: NodeJS.ProcessEnv = process.env): number => Number(env.OMPI_COMM_WORLD_SIZE ?? 1);

/** Names of Open MPI's library on Linux (with and without its development package) and macOS. */
const libraries = ['libmpi.so.40', 'libmpi.so', 'libmpi.dylib'];

/**
 * Joins the processes that `mpirun` started; undefined where there is only this one. Sums are Open MPI's `MPI_Allreduce`, called through
 * koffi, an optional dependency without compiler.
 * @throws YosegiError where koffi or the library is missing, with what to install
 */
export async function openMpi(): Promise<MpiRanks | undefined> {
  if (mpiSize() < 2) return undefined;
  const mpi = await bound();
  done('MPI_Init', mpi.init(null, null));
  const [rank, size] = [Int32Array.of(0), Int32Array.of(0)];
  done('MPI_Comm_rank', mpi.rank(mpi.world, rank));
  done('MPI_Comm_size', mpi.size(mpi.world, size));
  return {
    rank: rank[0]!,
    size: size[0]!,
    async sum(values) {
      // What is sent may not be where the sum goes.
      if (values.length > 0) {
        done('MPI_Allreduce', mpi.allreduce(values.slice(), values, values.length, mpi.float, mpi.plus, mpi.world));
      }
    },
    close: () => done('MPI_Finalize', mpi.finalize()),
  };
}

async function bound() {
  const koffi = await import('koffi').then(
    (m) => m.default,
    (cause: unknown) => {
      throw new YosegiError(
        `training in ${mpiSize()} processes needs the package koffi, which is not installed (${messageOf(cause)}): npm install koffi`,
        { cause },
      );
    },
  );
  const lib = firstOf(libraries, (name) => koffi.load(name));
  return {
    init: lib.func('int MPI_Init(void *argc, void *argv)'),
    rank: lib.func('int MPI_Comm_rank(void *comm, void *rank)'),
    size: lib.func('int MPI_Comm_size(void *comm, void *size)'),
    allreduce: lib.func(
      'int MPI_Allreduce(const void *from, void *to, int count, void *type, void *operation, void *comm)',
    ),
    finalize: lib.func('int MPI_Finalize()'),
    // Open MPI's handles are the addresses of these.
    world: lib.symbol('ompi_mpi_comm_world', 'uint8_t'),
    float: lib.symbol('ompi_mpi_float', 'uint8_t'),
    plus: lib.symbol('ompi_mpi_op_sum', 'uint8_t'),
  };
}

function firstOf<T>(names: readonly string[], load: (name: string) => T): T {
  const faults: string[] = [];
  for (const name of names) {
    try {
      return load(name);
    } catch (error) {
      faults.push(messageOf(error));
    }
  }
  throw new YosegiError(
    `this process was started by mpirun, but Open MPI's library does not load (${faults[0]}): install Open MPI (Debian: apt-get install openmpi-bin)`,
  );
}

function done(what: string, code: number): void {
  if (code !== 0) throw new YosegiError(`${what} failed with code ${code}: one of the processes may have ended`);
}
