import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One less than the cores is the default: too few on two cores, where half of a test’s time is waiting.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // Real services are started in some tests; two cores, other suites beside them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
