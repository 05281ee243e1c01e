// Before the e2e suite: the control plane's binaries are there, so that their one-time build is not charged to a test.
import { findBinaries } from './binaries.ts'

/** Called by vitest once. Each test file starts a control plane of its own. */
export async function setup(): Promise<void> {
  await findBinaries()
}
