// Holds what is written to the console while the screen is up, which it would disturb, until the terminal is free again.
import { format } from 'node:util'

const METHODS = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const
const LINES = 100

export interface HeldConsole {
  /** Gives the console back, and returns what was written: the newest lines. */
  release(): readonly string[]
}

export function holdConsole(): HeldConsole {
  let held: readonly string[] = []
  const own = METHODS.map((method) => [method, console[method]] as const)
  for (const method of METHODS) {
    console[method] = (...args: unknown[]) => {
      held = [...held, format(...args)].slice(-LINES)
    }
  }
  return {
    release() {
      for (const [method, original] of own) console[method] = original
      return held
    },
  }
}
