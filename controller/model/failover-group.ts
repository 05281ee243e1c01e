// The FailoverGroup: a primary and its standbys, how they are switched, and under which conditions. Types, CRD and reference come from here.
import { z } from 'zod'
import { duration } from './schema-texts.ts'

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

const objectName = (what: string) =>
  z
    .string()
    .max(253)
    .regex(NAME, { error: `is not the name of ${what}` })

const port = (otherwise: number) =>
  z.int().min(1).max(65_535).prefault(otherwise).meta({ description: 'The port on each pod.' })

const auth = z
  .strictObject({
    secret: objectName('a Secret').meta({
      description:
        "Name of a Secret in the group's own namespace with password, and username if there is one. Its annotation evenkeel.dev/failover-group names this group: it is sent to the group's own pods only.",
    }),
  })
  .optional()
  .meta({ description: 'Credentials that the members want.' })

const service = z
  .strictObject({
    check: z
      .strictObject({
        port: z.int().min(1).max(65_535).meta({ description: 'The port on each pod.' }),
        path: z
          .string()
          .startsWith('/', { error: 'is no path: begin with a slash' })
          .optional()
          .meta({ description: 'Asked over HTTP; 2xx and 3xx are well. Without it a TCP connection has to open.' }),
      })
      .optional()
      .meta({ description: 'How a pod is asked whether it is well, beside its own readiness.' }),
  })
  .meta({ description: 'Active and standby behind one Service, which has no data of its own to lose.' })

const redis = z
  .strictObject({
    port: port(6379),
    minReplicasToWrite: z.int().min(1).prefault(1).meta({
      description:
        'What min-replicas-to-write should be on the primary: without replicas it takes no write, so that a primary that is cut off can be left behind. Write it in redis.conf of every member, too.',
    }),
    auth,
  })
  .meta({ description: 'Redis or Valkey, a primary and replicas without a manager.' })

const sentinel = z
  .strictObject({
    port: port(6379),
    master: z.string().min(1).meta({ description: 'The name under which the Sentinels know the primary.' }),
    service: objectName('a Service').meta({
      description: 'The Service in front of the Sentinels, whose pods are asked.',
    }),
    sentinelPort: port(26_379),
    auth,
  })
  .meta({ description: 'Redis under Sentinel, which is asked to fail over and judged by the result.' })

const patroni = z
  .strictObject({
    port: port(8008),
    scheme: z.enum(['http', 'https']).prefault('http').meta({ description: "Of Patroni's REST API." }),
    auth,
  })
  .meta({ description: 'PostgreSQL under Patroni, which is asked to switch and judged by the result.' })

const mysql = z
  .strictObject({
    port: port(3306),
    auth: auth.meta({
      description:
        'Credentials that the members want; replicationUsername and replicationPassword beside them, when replicas present others to their primary.',
    }),
  })
  .meta({ description: 'MariaDB with GTID replication, without a manager.' })

const METHODS = { service, redis, sentinel, patroni, mysql } as const
export const FAILOVER_METHODS = ['service', 'redis', 'sentinel', 'patroni', 'mysql'] as const
export type FailoverMethodName = (typeof FAILOVER_METHODS)[number]

/** As an object of optional fields, so that a mistyped name is told by its name. */
const method = z
  .strictObject({
    service: METHODS.service.optional(),
    redis: METHODS.redis.optional(),
    sentinel: METHODS.sentinel.optional(),
    patroni: METHODS.patroni.optional(),
    mysql: METHODS.mysql.optional(),
  })
  .refine((methods) => Object.values(methods).filter((one) => one !== undefined).length === 1, {
    error: `must have exactly one of ${FAILOVER_METHODS.join(', ')}`,
  })
  .meta({ description: 'What the members are, and how one of them takes over.' })

const member = z.strictObject({
  name: objectName('a member').meta({ description: 'Its name in this group; of a StatefulSet, the name of the pod.' }),
  selector: z.record(z.string(), z.string()).optional().meta({
    description:
      "Labels of its pods, which the Service selects while it is active. Default: the label statefulset.kubernetes.io/pod-name with the member's name.",
  }),
  promote: z.enum(['Allowed', 'Never']).prefault('Allowed').meta({ description: 'Whether it may become the primary.' }),
})

export const FAILOVER_GROUP_SPEC = z
  .strictObject({
    mode: z.enum(['Observe', 'Enforce', 'Paused']).prefault('Observe').meta({
      description: 'Observe decides and records but changes nothing; Enforce acts; Paused does neither.',
    }),
    method,
    service: objectName('a Service').optional().meta({
      description:
        'The Service, in the same namespace, whose selector is switched to the active member. Methods service, redis and mysql need it.',
    }),
    members: z.array(member).min(2).max(16).meta({
      description: 'The primary and its standbys. The first that may be promoted is the one to fail back to.',
    }),
    interval: duration('How often all members are asked.', { min: '100ms', max: '1m' }).prefault('1s'),
    downAfter: duration('For so long the primary must be down, by us and by its replicas, before one takes over.', {
      min: '500ms',
      max: '10m',
    }).prefault('5s'),
    lagLimit: z
      .strictObject({
        bytes: z.int().min(0).prefault(1_048_576).meta({ description: 'For redis, sentinel and patroni.' }),
        transactions: z.int().min(0).prefault(1000).meta({ description: 'For mysql.' }),
      })
      .prefault({})
      .meta({ description: 'A standby that is further behind than this does not take over.' }),
    fencing: z
      .strictObject({
        deletePod: z.boolean().prefault(true).meta({
          description:
            'Whether the pod of a primary that does not answer may be deleted, so that the kubelet confirms that it has ended.',
        }),
        within: duration('The old primary must be known to take no writes within this time, or nothing is promoted.', {
          min: '1s',
          max: '10m',
        }).prefault('30s'),
      })
      .prefault({})
      .meta({ description: 'How the old primary is kept from taking writes.' }),
    recoveryBlock: duration(
      'After an automatic failover no other is made for this long, unless somebody acknowledges the last one.',
      { max: '30d' },
    ).prefault('1h'),
    failback: z
      .strictObject({
        mode: z.enum(['Manual', 'Automatic']).prefault('Manual').meta({
          description: 'Automatic goes back when it may; Manual waits for `evenkeel failback`.',
        }),
        soak: duration('The member must have been well and without lag for this long.', {
          min: '1s',
          max: '7d',
        }).prefault('10m'),
      })
      .prefault({})
      .meta({ description: 'When the first member becomes the primary again.' }),
    drill: z
      .strictObject({
        cron: z.string().min(1).max(200).meta({ description: 'When, as five fields of cron.' }),
        timezone: z
          .string()
          .max(64)
          .optional()
          .meta({ description: 'Its time zone, like Asia/Shanghai. Default: UTC.' }),
        mode: z.enum(['Observe', 'Enforce']).prefault('Observe').meta({
          description: 'Observe asks whether a failover would be possible; Enforce switches, as planned, and back.',
        }),
      })
      .optional()
      .meta({ description: 'Rehearsals, whose result is recorded.' }),
  })
  .meta({ description: 'A primary and its standbys, and under which conditions one takes over from another.' })

/** As the loop uses it: durations in milliseconds, defaults filled in. */
export type FailoverGroupSpec = Readonly<z.output<typeof FAILOVER_GROUP_SPEC>>
export type MemberSpec = FailoverGroupSpec['members'][number]

export function methodOf({ method }: Pick<FailoverGroupSpec, 'method'>): FailoverMethodName {
  return FAILOVER_METHODS.find((name) => method[name] !== undefined) ?? 'service'
}

/** A manager of its own decides about these; we ask it. */
export function isDelegated(spec: Pick<FailoverGroupSpec, 'method'>): boolean {
  return spec.method.sentinel !== undefined || spec.method.patroni !== undefined
}

/** The labels that the Service has to select for this member. */
export function selectorOf({ name, selector }: MemberSpec): Readonly<Record<string, string>> {
  return selector ?? { 'statefulset.kubernetes.io/pod-name': name }
}
