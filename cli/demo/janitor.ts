/**
 * A process of its own that waits until whoever started it is gone, however that came, and removes the directory that it
 * was given: a process that is killed can't do it itself. Its standard input ends with that process.
 */
import { rmSync } from 'node:fs';

const [, , directory] = process.argv;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.resume();
process.stdin.once('close', () => {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});
