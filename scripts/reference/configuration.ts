// The page of the process's knobs.
import { z } from 'zod'
import { KNOBS } from '../../controller/config.ts'
import { code, page, table } from './markdown.ts'

export function configurationPage(): string {
  return page('Configuration', [
    'What `evenkeel run` reads from its environment. Its flags win over the variables: `--namespace`, `--kubeconfig`, `--context`, `--listen` and `--log-level`. A value that can’t be used ends the process with exit code 2 and one sentence that names it.',
    table(
      ['variable', 'default', 'meaning'],
      Object.values(KNOBS).map(({ env, meaning, schema }) => [code(env), defaultOf(schema), meaning]),
    ),
    'The retry time must be shorter than the renew deadline, and that shorter than the lease duration.',
    'All replicas must campaign for the same Lease. In a pod, its namespace is the pod’s own; with a kubeconfig, it is the namespace of the context. Set `EVENKEEL_LEASE_NAMESPACE` when replicas run in both ways.',
    '## Tracing',
    'With `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` set, spans go there over OTLP/HTTP: `evenkeel.tick` for each tick of a Guard, `evenkeel.act` for each act. `OTEL_SERVICE_NAME` is `evenkeel` unless set. Without an endpoint nothing is exported.',
  ])
}

function defaultOf(schema: z.ZodType): string {
  const { default: value } = z.toJSONSchema(schema, { io: 'input' })
  return value === undefined || value === '' ? '' : code(String(value))
}
