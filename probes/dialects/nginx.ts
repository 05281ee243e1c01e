// The servers of an nginx upstream, as a file to include: nginx asks nobody, so that something must fetch this and reload it.
import type { Pod } from '../../controller/model/workload.ts'
import type { NotKnown, PodVerdict, ServiceVerdict } from '../verdicts.ts'
import type { HttpAnswer } from './plain.ts'

/** `port` is a name or number of the pods' or the Service's port; undefined: the Service's first one. Without servers it is 503: keep the last file. */
export function nginxAnswer(verdict: ServiceVerdict | NotKnown, port: string | undefined): HttpAnswer {
  const type = 'text/plain; charset=utf-8'
  if (verdict.kind === 'unknown') return { status: 503, type, body: `# unknown: ${verdict.why}\n` }
  const { name, namespace } = verdict.service
  const usable = verdict.pods.filter(({ stage }) => stage !== 'ending')
  const weights = new Set(usable.filter(({ place }) => place === 'in').map(({ weight }) => weight))
  const lines = usable.flatMap((pod) => serverLine(pod, portOf(verdict, port, pod.object), weights.size > 1))
  if (!lines.some((line) => !line.endsWith(' down;')))
    return { status: 503, type, body: `# ${namespace}/${name} has no pod with an address and this port\n` }
  const body = `# ${namespace}/${name}\n${lines.sort().join('\n')}\n`
  return { status: 200, type, body }
}

/** Weights are left out while they are equal: a service that is full would else have nginx reload for nothing. */
function serverLine({ place, weight, object }: PodVerdict, port: number | undefined, withWeight: boolean): string[] {
  if (object?.podIP === undefined || port === undefined) return []
  const host = object.podIP.includes(':') ? `[${object.podIP}]` : object.podIP
  const how = place === 'out' ? ' down' : withWeight ? ` weight=${weight}` : ''
  return [`server ${host}:${port}${how};`]
}

function portOf({ service }: ServiceVerdict, asked: string | undefined, pod: Pod | undefined): number | undefined {
  const known =
    asked === undefined
      ? service.ports[0]
      : service.ports.find(({ name, port }) => name === asked || String(port) === asked)
  const wanted = known?.targetPort ?? asked
  if (wanted === undefined) return undefined
  const named = pod?.containers.flatMap(({ ports }) => ports).find(({ name }) => name === wanted)?.port
  const number = named ?? Number(wanted)
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined
}
