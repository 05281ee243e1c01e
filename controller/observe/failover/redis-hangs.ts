// Remembers who hangs. Later its queue of connections is full, and from outside it looks as if it were cut off.
import type { MemberReading } from '../../model/failover.ts'

export interface Hangs {
  /** The reading, with what is known since the member last answered. */
  mark(reading: MemberReading): MemberReading
}

export function createHangs(): Hangs {
  const hanging = new Set<string>()
  return {
    mark(reading) {
      const { name, reach } = reading
      if (reach.kind === 'silent' && reach.hangs) hanging.add(name)
      // Of one that could not be asked, nothing is known that was not before.
      else if (reach.kind === 'answers' || reach.kind === 'refused') hanging.delete(name)
      return reach.kind === 'silent' && hanging.has(name) ? { ...reading, reach: { ...reach, hangs: true } } : reading
    },
  }
}
