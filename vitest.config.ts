import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real services are started in some tests; two cores, other suites beside them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
