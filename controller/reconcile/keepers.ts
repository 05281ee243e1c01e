// The loops beside that of the Guards, of which the leader's have their way: what Features say of themselves, and the marks of pods.
import { type FeatureLoopDeps, startFeatureLoop } from './feature.ts'
import { type PodMarksDeps, startPodMarks } from './pod-marks.ts'

export interface Keepers {
  /** Look at everything: a new leader does. */
  all(): void
  /** Take no more work, and resolve when the work under way has ended. */
  drain(): Promise<unknown>
}

/** Follow the watches from now on. */
export function startKeepers(deps: FeatureLoopDeps & PodMarksDeps): Keepers {
  const keepers = [startFeatureLoop(deps), startPodMarks(deps)]
  return {
    all() {
      for (const keeper of keepers) keeper.all()
    },
    drain: () => Promise.all(keepers.map((keeper) => keeper.drain())),
  }
}
