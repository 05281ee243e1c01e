// What goes wrong in the sandbox and is for people to read.

/** The message is one sentence or two: what was wrong, and what to do. */
export class SandboxError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'SandboxError'
  }
}
