// What can go wrong between the services, each with the status that the caller is answered with.

/** A failure that has a status; others are bugs and answered with 500. */
export class ShopError extends Error {
  readonly status: number
  /** Sent along with the status. */
  readonly headers: Readonly<Record<string, string>> = {}
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.status = status
  }
}

/** What was asked for can't be used. */
export class BadRequest extends ShopError {
  constructor(message: string, options?: ErrorOptions) {
    super(400, message, options)
  }
}

/** Everything was in use for as long as we were ready to wait. */
export class Busy extends ShopError {
  constructor(what: string, max: number, waitMs: number) {
    super(503, `all ${max} ${what} were in use for ${waitMs} ms: try again later`)
  }
}

/** There are more requests of this flow than are let in. */
export class Limited extends ShopError {
  override readonly headers = { 'retry-after': '1' }
  constructor(flow: string) {
    super(503, `there are more requests to ${flow} than are let in: try again in a second`)
  }
}

/** The database has no connection for us, or lost the one we had. */
export class DatabaseUnavailable extends ShopError {
  constructor(message: string, options?: ErrorOptions) {
    super(503, message, options)
  }
}

/** Another service could not be reached, did not answer in time, or answered with an error. */
export class CallFailed extends ShopError {
  constructor(status: 502 | 503 | 504, message: string, options?: ErrorOptions) {
    super(status, message, options)
  }
}
