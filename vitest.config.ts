import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

// Compiled once, not again in each process that runs test files or is started by one.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

/** A Lambda's entry file reads its environment as it is loaded, and how much memory is taken shows without other tests' alone. */
const ownProcess = ['test/engine/lambda/**/*.test.ts', 'test/engine/sessions/many.test.ts', 'test/e2e/load.test.ts'];

export default defineConfig({
  test: {
    // One less than the cores is the default: too few on two cores, where much of a test’s time is waiting.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // Real services are started in some tests; two cores, other suites beside them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      { extends: true, test: { name: 'own process', include: ownProcess } },
      {
        extends: true,
        // What is loaded is loaded once in a process, not again for each file: a quarter of the processor time. So a file
        // leaves nothing behind: environment, timers and spies are set back.
        test: {
          name: 'shared',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ownProcess],
        },
      },
    ],
  },
});
