// A lock between processes that is let go when its holder dies, kill -9 included: flock(1) held by a tied child.
import { spawn } from 'node:child_process'

/**
 * Runs `work` while no other process holds `file`. `onWait` is called when somebody else holds it at first.
 * Throws when flock(1), of util-linux, is missing.
 */
export async function withFileLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  // It holds the lock until its stdin ends, which our death also brings about.
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; read -r _'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = setTimeout(onWait, 500)
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve())
      holder.once('error', (cause) => reject(new Error(`could not lock ${file}: is flock installed?`, { cause })))
      holder.once('exit', (code) => reject(new Error(`could not lock ${file}: flock ended with code ${code}`)))
    })
    clearTimeout(waiting)
    return await work()
  } finally {
    clearTimeout(waiting)
    holder.stdin.end()
  }
}
