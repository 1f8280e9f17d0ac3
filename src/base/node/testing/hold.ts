import { lockFolder } from '../lock.ts';

// For tests: takes the lock of the folder that it is given, says so, and holds it until it is killed.
const [folder, what] = process.argv.slice(2);
try {
  const { tookOver } = await lockFolder(folder!, { what: what! });
  console.log(tookOver ? `took over: ${tookOver}` : 'held');
  setInterval(() => {}, 1000);
} catch (error) {
  console.log(`refused: ${error instanceof Error ? error.message : error}`);
}
