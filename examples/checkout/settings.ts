// What the environment can set, with defaults for a small shop.
import { z } from 'zod'

const whole = (byDefault: number) => z.coerce.number().int().nonnegative().default(byDefault)

const ENVIRONMENT = z.object({
  /** Address to listen on; a pod's own address when Kubernetes gives it. */
  POD_IP: z.string().default('127.0.0.1'),
  HTTP_PORT: whole(8080),
  METRICS_PORT: whole(9464),
  /** Processor time of one request to `/`. */
  WORK_MS: whole(1),
  POOL_MAX: whole(10),
  /** How long an order holds its connection. */
  QUERY_MS: whole(5),
  /** How long an order waits for a connection before it is refused with 503. */
  POOL_WAIT_MS: whole(1_000),
  QUEUE_WORKERS: whole(2),
  QUEUE_MAX: whole(10_000),
  /** How long a worker takes for the confirmation of one order. */
  TASK_MS: whole(20),
  /** After SIGTERM, how long requests under way may take. */
  SHUTDOWN_MS: whole(10_000),
  /** "on" opens POST /fault. For tests only. */
  FAULTS: z.enum(['on', 'off']).default('off'),
})

export type Settings = z.infer<typeof ENVIRONMENT>

/** Reads the environment. Throws with every variable that can't be used. */
export const readSettings = (environment: NodeJS.ProcessEnv): Settings => ENVIRONMENT.parse(environment)
