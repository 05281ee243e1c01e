// What the environment sets: what every service of the shop has, and what one adds.
import { z } from 'zod'

export const whole = (byDefault: number) => z.coerce.number().int().nonnegative().default(byDefault)
/** The base URL of another service. */
export const address = z.url({ protocol: /^http$/, error: 'must be a URL like http://10.0.0.7:8080' })

const COMMON = z.object({
  /** Address to listen on; a pod's own address when Kubernetes gives it. */
  POD_IP: z.string().default('127.0.0.1'),
  HTTP_PORT: whole(8080),
  METRICS_PORT: whole(9464),
  /** After SIGTERM, how long requests are still taken: until load balancers have heard that the pod ends. */
  LINGER_MS: whole(500),
  /** After that, how long requests under way may take. */
  SHUTDOWN_MS: whole(5_000),
  /** "on" opens POST /fault on the metrics port. For demonstrations and tests only. */
  FAULTS: z.enum(['on', 'off']).default('off'),
  /** The bearer token of POST /fault. */
  FAULT_TOKEN: z.string().default(''),
})

export type CommonSettings = z.infer<typeof COMMON>

/** Reads the common variables and those of `shape`. Throws with every variable that can't be used. */
export function readSettings<Shape extends z.ZodRawShape>(shape: Shape, environment = process.env) {
  const parsed = COMMON.extend(shape)
    .refine((settings) => Reflect.get(settings, 'FAULTS') !== 'on' || Reflect.get(settings, 'FAULT_TOKEN') !== '', {
      error: 'FAULTS is on without a FAULT_TOKEN: any process here could break the service; set one',
    })
    .safeParse(environment)
  if (!parsed.success) throw new Error(`settings: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
  return parsed.data
}
