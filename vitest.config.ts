// Three suites: `unit` needs nothing but Node; `components` starts what a service stands on (databases, queues, exporters);
// `e2e` starts the real Kubernetes control plane, and `e2e-sandbox` the whole of `npm start`.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/components/**'],
          testTimeout: 30_000,
          // Most of them wait for processes and servers of their own, so that every core can have one.
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'components',
          include: ['test/components/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/sandbox*.test.ts'],
          globalSetup: ['test/cluster/global-setup.ts'],
          // They mostly wait, each on a control plane of its own.
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e-sandbox',
          include: ['test/e2e/sandbox*.test.ts'],
          // A whole shop under load wants the machine for itself.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
