// The primary of Redis hangs: its process is stopped, as on a node whose disk or memory is gone, until the fault is over or it is killed.
import type { Hold } from './hold.ts'

export interface RedisAccess {
  /** The pod that the Service redis leads to; undefined when there is no Redis, or it is not known yet. */
  readonly activeRedis: () => { readonly name: string; readonly uid: string } | undefined
  /** The process of a pod; undefined when none runs. */
  readonly processOf: (pod: string) => { readonly pid: number } | undefined
}

/** That of the moment the fault begins, and its successor no more: who takes over is well. */
export function onActiveRedis({ activeRedis, processOf }: RedisAccess): Hold {
  let stopped: { readonly uid: string; readonly pid: number } | undefined

  return {
    async keep() {
      if (stopped !== undefined) return
      const pod = activeRedis()
      if (pod === undefined) throw new Error('there is no Redis: install redis-server and start the sandbox again')
      const process = processOf(pod.name)
      if (process === undefined) throw new Error(`pod ${pod.name} does not run`)
      stopped = { uid: pod.uid, pid: process.pid }
      signal(process.pid, 'SIGSTOP')
    },
    async undo() {
      if (stopped === undefined) return
      signal(stopped.pid, 'SIGCONT')
      stopped = undefined
    },
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It was killed meanwhile, by those who heal: then it does not hang any more.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
